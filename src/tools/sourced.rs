//! `sourcedId`: whose result of which link a tool means. It is sealed, so that no tool can make or
//! change one, and says for which tool it was made, so that no other can use it.

use minicbor::{Decode, Encode};

use crate::keys::{Purpose, Seal};
use crate::store::ids::{CourseId, ToolId, UserId};

/// Where a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Sourced {
    /// The tool that may report it.
    #[n(0)]
    pub tool: ToolId,
    /// The course; 0 for a launch without one.
    #[n(1)]
    pub course: CourseId,
    /// The line item.
    #[n(2)]
    pub line: u64,
    /// The person.
    #[n(3)]
    pub user: UserId,
}

impl Sourced {
    /// As a tool is given it: the same every time, as gradebooks on the other side keep it.
    pub fn seal(&self, seal: &Seal) -> String {
        let mut bytes = Vec::new();
        // Writing into memory cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        seal.close_alike(Purpose::Outcome, &bytes)
    }

    /// The one that `tool` was given; `None` for another tool's and for what was not made here.
    pub fn open(seal: &Seal, tool: ToolId, sealed: &str) -> Option<Self> {
        let bytes = seal.open(Purpose::Outcome, sealed)?;
        let sourced: Self = minicbor::decode(&bytes).ok()?;
        (sourced.tool == tool).then_some(sourced)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Keys;
    use crate::store::Store;
    use crate::world::World;

    async fn seal() -> Seal {
        let keys = Keys::open(&Store::temporary(), &World::system()).await;
        keys.unwrap().seal().clone()
    }

    const SOURCED: Sourced = Sourced {
        tool: ToolId(1),
        course: CourseId(2),
        line: 3,
        user: UserId(4),
    };

    #[tokio::test]
    async fn only_its_own_tool_may_use_it() {
        let (here, elsewhere) = (seal().await, seal().await);
        let sealed = SOURCED.seal(&here);
        assert_eq!(sealed, SOURCED.seal(&here));
        assert_eq!(Sourced::open(&here, ToolId(1), &sealed), Some(SOURCED));
        assert_eq!(Sourced::open(&here, ToolId(2), &sealed), None);
        assert_eq!(Sourced::open(&elsewhere, ToolId(1), &sealed), None);
        assert_eq!(Sourced::open(&here, ToolId(1), "3124567"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = minicbor::decode::<Sourced>(&bytes).is_ok();
        }
    }
}
