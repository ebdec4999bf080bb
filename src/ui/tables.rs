//! Facts and rows. On narrow screens each row becomes a small card, so nothing scrolls sideways.

use maud::{Markup, html};

use super::Messages;

/// Names and their values, such as the facts of a status page.
pub fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                div {
                    dt { (name) }
                    dd { (value) }
                }
            }
        }
    }
}

/// A table of data.
#[derive(Debug, Clone, Copy, Default)]
pub struct Table<'a> {
    /// What it lists; read out before it, and shown above it.
    pub caption: &'a str,
    /// The columns' names. The first column names the row.
    pub columns: &'a [&'a str],
    /// The rows, each as long as the columns.
    pub rows: &'a [Vec<Markup>],
    /// What to say when there is no row.
    pub empty: &'a str,
}

/// A table of data.
///
/// The roles repeat what the elements mean: the narrow layout takes away their table display, and
/// some browsers their meaning with it.
pub fn table(table: &Table<'_>) -> Markup {
    html! {
        table.data role="table" {
            caption { (table.caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for name in table.columns {
                        th scope="col" role="columnheader" { (name) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in table.rows {
                    tr role="row" {
                        @for (index, (cell, name)) in row.iter().zip(table.columns).enumerate() {
                            @if index == 0 {
                                th scope="row" role="rowheader" { (cell) }
                            } @else {
                                td role="cell" data-column=(name) { (cell) }
                            }
                        }
                    }
                }
                @if table.rows.is_empty() {
                    tr role="row" {
                        td.none role="cell" colspan=(table.columns.len()) { (table.empty) }
                    }
                }
            }
        }
    }
}

/// A column by which a table can be put in order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// The table in the order of this column; `None`: it is in no order.
    pub href: Option<&'a str>,
    /// Whether the table is in its order, and whether from the least on.
    pub ordered: Option<bool>,
}

/// A table of data that can be put in order. On narrow screens the ways to do so stand above it.
pub fn sortable(
    m: Messages,
    caption: &str,
    columns: &[Column<'_>],
    rows: &[Vec<Markup>],
) -> Markup {
    html! {
        table.data.sortable role="table" {
            caption { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in columns { (head(m, column)) }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        @for (index, (cell, column)) in row.iter().zip(columns).enumerate() {
                            @if index == 0 {
                                th scope="row" role="rowheader" { (cell) }
                            } @else {
                                td role="cell" data-column=(column.name) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn head(m: Messages, column: &Column<'_>) -> Markup {
    let order = column
        .ordered
        .map(|rising| if rising { "ascending" } else { "descending" });
    html! {
        th scope="col" role="columnheader" aria-sort=[order] {
            @match column.href {
                Some(href) => {
                    a href=(href) {
                        span.unseen { (m.text("table-order-by")) " " }
                        (column.name)
                    }
                },
                None => { (column.name) },
            }
        }
    }
}

/// The way to more of a list, when there is more: the address that carries the cursor.
pub fn pager(m: Messages, more: Option<&str>) -> Markup {
    html! {
        @if let Some(href) = more {
            nav.pager aria-label=(m.text("pager-label")) {
                a.button href=(href) rel="next" { (m.text("pager-more")) }
            }
        }
    }
}

/// Something that is unfolded when wanted. Works without JavaScript, so it also serves to ask
/// "really?" before a dangerous button.
pub fn disclosure(summary: &str, body: &Markup) -> Markup {
    html! {
        details.disclosure {
            summary { (summary) }
            div.disclosure-body { (body) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_knows_its_column() {
        let rows = [vec![html! { "Ada" }, html! { "Teacher" }]];
        let markup = table(&Table {
            caption: "People",
            columns: &["Name", "Role"],
            rows: &rows,
            empty: "Nobody",
        })
        .0;
        assert!(markup.contains("<caption>People</caption>"));
        assert!(markup.contains(r#"<th scope="row" role="rowheader">Ada</th>"#));
        assert!(markup.contains(r#"data-column="Role">Teacher"#));
        assert!(!markup.contains("Nobody"));
    }

    #[test]
    fn an_empty_table_says_so_across_all_columns() {
        let markup = table(&Table {
            columns: &["Name", "Role"],
            empty: "Nobody yet",
            ..Table::default()
        })
        .0;
        assert!(markup.contains(r#"colspan="2">Nobody yet"#));
    }

    #[test]
    fn a_table_says_in_which_order_it_is() {
        let columns = [
            Column {
                name: "Name",
                href: Some("?order=name"),
                ordered: None,
            },
            Column {
                name: "Seen",
                href: Some("?order=seen"),
                ordered: Some(false),
            },
            Column {
                name: "Note",
                ..Column::default()
            },
        ];
        let rows = [vec![html! { "Ada" }, html! { "3" }, html! { "-" }]];
        let markup = sortable(Messages::default(), "People", &columns, &rows).0;
        assert_eq!(markup.matches("aria-sort=\"descending\"").count(), 1);
        assert_eq!(markup.matches("<a href=\"?order=").count(), 2);
        assert!(markup.contains(r#"data-column="Seen">3"#));
    }

    #[test]
    fn the_last_page_has_no_pager() {
        assert_eq!(pager(Messages::default(), None).0, "");
        assert!(
            pager(Messages::default(), Some("?after=1"))
                .0
                .contains("?after=1")
        );
    }
}
