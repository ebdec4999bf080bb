//! Background tasks: what expires, checkpoints, snapshots.
