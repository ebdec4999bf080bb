//! Pages for a launched person.
