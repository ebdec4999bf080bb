//! Items, uploads, files and who may see them.
