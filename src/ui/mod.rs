//! Layout, components and messages.
