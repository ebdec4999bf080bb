//! What a handler is given and what it answers: the running parts, one request, one page.
