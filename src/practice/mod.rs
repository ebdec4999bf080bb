//! The practice course: a small LMS inside, so that everything can be tried without one.
