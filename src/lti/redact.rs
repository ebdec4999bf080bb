//! `Debug` that can be logged.

/// Implements `Debug` for types that hold secrets or personal data: it shows the named fields and
/// hides the others.
macro_rules! debug_showing {
    ($($type:ident $(<$lifetime:lifetime>)? { $($field:ident),* })*) => {$(
        impl std::fmt::Debug for $type $(<$lifetime>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    )*};
}

pub(super) use debug_showing;
