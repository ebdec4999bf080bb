//! The LTI protocol, pure: no server, no storage, no clock of its own.
