//! The order of a table, as its address says it.

use std::cmp::Ordering;

use crate::app::Form;
use crate::ui::Messages;
use crate::ui::tables::Column;

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    /// Its name in the address; empty: nobody orders by it.
    pub(super) by: &'static str,
    /// The message of its name.
    pub(super) label: &'static str,
    /// Whether one wants the most first.
    pub(super) most_first: bool,
}

/// By which column, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) by: &'static str,
    pub(super) falling: bool,
}

impl Order {
    /// As the address says: `order=name`, or `order=-percent` for the most first. Without one that is
    /// known, by the first column.
    pub(super) fn read(query: &Form, heads: &[Head]) -> Self {
        let text = query.get("order").unwrap_or_default();
        let (falling, by) = match text.strip_prefix('-') {
            Some(by) => (true, by),
            None => (false, text),
        };
        let known = heads.iter().find(|head| head.by == by && !by.is_empty());
        known.map_or(
            Self {
                by: heads.first().map_or("", |head| head.by),
                falling: false,
            },
            |head| Self {
                by: head.by,
                falling,
            },
        )
    }

    /// The same for an address.
    pub(super) fn text(self) -> String {
        format!("{}{}", if self.falling { "-" } else { "" }, self.by)
    }

    /// As an order of two rows, of which `rising` says which is the lesser.
    pub(super) const fn of(self, rising: Ordering) -> Ordering {
        if self.falling {
            rising.reverse()
        } else {
            rising
        }
    }

    /// The order that a press on a column makes.
    fn after(self, head: &Head) -> Self {
        Self {
            by: head.by,
            falling: if self.by == head.by {
                !self.falling
            } else {
                head.most_first
            },
        }
    }
}

/// The columns with their ways to another order. `address` makes the address of one.
pub(super) struct Columns(Vec<(String, Option<String>, Option<bool>)>);

impl Columns {
    pub(super) fn new(
        m: Messages,
        heads: &[Head],
        order: Order,
        address: impl Fn(&str) -> String,
    ) -> Self {
        let column = |head: &Head| {
            let ordered = (head.by == order.by).then_some(!order.falling);
            let href = (!head.by.is_empty()).then(|| address(&order.after(head).text()));
            (m.text(head.label).into_owned(), href, ordered)
        };
        Self(heads.iter().map(column).collect())
    }

    pub(super) fn columns(&self) -> Vec<Column<'_>> {
        self.0
            .iter()
            .map(|(name, href, ordered)| Column {
                name,
                href: href.as_deref(),
                ordered: *ordered,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: [Head; 3] = [
        Head {
            by: "name",
            label: "statistics-name",
            most_first: false,
        },
        Head {
            by: "percent",
            label: "statistics-percent",
            most_first: true,
        },
        Head {
            by: "",
            label: "statistics-each",
            most_first: false,
        },
    ];

    fn read(text: &str) -> String {
        let query = Form::parse(format!("order={text}").as_bytes());
        Order::read(&query, &HEADS).text()
    }

    #[test]
    fn only_columns_make_an_order() {
        for (text, order) in [
            ("", "name"),
            ("name", "name"),
            ("-name", "-name"),
            ("-percent", "-percent"),
            ("seconds", "name"),
            ("-", "name"),
            ("--percent", "name"),
            ("%3Cb%3E", "name"),
        ] {
            assert_eq!(read(text), order, "{text}");
        }
    }

    #[test]
    fn a_second_press_turns_the_order_round() {
        let order = Order {
            by: "percent",
            falling: true,
        };
        let columns = Columns::new(Messages::default(), &HEADS, order, |to| format!("?{to}"));
        let columns = columns.columns();
        assert_eq!(columns[0].href, Some("?name"));
        assert_eq!(columns[1].href, Some("?percent"));
        assert_eq!(columns[1].ordered, Some(false));
        assert_eq!((columns[2].href, columns[2].ordered), (None, None));
    }
}
