//! Connections: what there is, how to make one, and what is decided about each.

mod acts;
mod consumer;
mod deployments;
mod entry;
mod fields;
mod left;
mod list;
mod new;
mod one;
mod people;
mod secret;
mod settings;

pub use acts::{
    delete, deleting, forget_installation, forget_origin, judge, move_to, moving, prober, switch,
    test,
};
pub use consumer::{make as make_consumer, new as new_consumer};
pub use deployments::all as deployments;
pub use left::{media, remove as remove_media};
pub use list::list;
pub use new::{choose, connect, guide};
pub use one::page;
pub use people::people;
pub use secret::{end_former, rotate, rotating};
pub use settings::save;
