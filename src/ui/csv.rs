//! Tables to be opened elsewhere: CSV (RFC 4180) in UTF-8.
//!
//! Spreadsheets run what looks like a formula, and people choose their own names. Cells that begin
//! like one get an apostrophe in front, by which spreadsheets know them for text.

/// By this spreadsheets know that the file is UTF-8.
const MARK: &str = "\u{feff}";

/// A table that grows by rows.
#[derive(Debug, Clone, Default)]
pub struct Csv(String);

impl Csv {
    /// A table with these names of columns.
    pub fn new<T: AsRef<str>>(columns: impl IntoIterator<Item = T>) -> Self {
        let mut csv = Self(MARK.to_owned());
        csv.row(columns);
        csv
    }

    /// What was added since it was last taken, for tables that are sent while they grow.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// Adds a row.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.0.push_str("\r\n");
    }

    fn cell(&mut self, text: &str) {
        self.0.push('"');
        if is_formula(text) {
            self.0.push('\'');
        }
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\"\""),
                // A line break inside a cell breaks half of the programs that read it.
                '\r' | '\n' | '\0' => self.0.push(' '),
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }
}

/// Whether a spreadsheet may take this for a formula, also after spaces, which some leave out, and
/// in the wide forms that some take alike.
fn is_formula(text: &str) -> bool {
    let ignored = |c: char| c.is_whitespace() || c.is_control() || is_unseen(c);
    let first = text.chars().find(|c| !ignored(*c));
    let hidden = text.starts_with(['\t', '\r', '\n']);
    hidden || first.is_some_and(|c| "=+-@＝＋－＠".contains(c))
}

/// Characters without a width, which a cell can begin with unseen.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(cells: &[&str]) -> String {
        let mut csv = Csv::new(["a"]);
        csv.row(cells);
        csv.0
    }

    #[test]
    fn it_is_a_table_in_utf_8() {
        assert_eq!(
            of(&["Zoë", "say \"hi\"", "1,5", ""]),
            "\u{feff}\"a\"\r\n\"Zoë\",\"say \"\"hi\"\"\",\"1,5\",\"\"\r\n"
        );
    }

    #[test]
    fn what_looks_like_a_formula_is_text() {
        for text in [
            "=HYPERLINK(\"https://evil.example\")",
            "+1",
            "-1+1|cmd",
            "@SUM(A1)",
            "\t=1",
            "  =1",
            "\u{feff}=1",
            "\u{200b}@x",
            "＝1",
        ] {
            assert!(is_formula(text), "{text}");
            assert!(of(&[text]).contains("\r\n\"'"), "{text}");
        }
        for text in [
            "Ada",
            "O'Neil",
            "12",
            "3.5",
            "2026-11-22",
            "",
            "a=b",
            "Anna-Lena",
        ] {
            assert!(!is_formula(text), "{text}");
        }
    }

    /// The rows of a table, read as RFC 4180 says.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
        let mut quoted = false;
        let mut chars = text.trim_start_matches(MARK).chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\r' if !quoted => {}
                '\n' if !quoted => {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                c => cell.push(c),
            }
        }
        rows
    }

    proptest! {
        #[test]
        fn every_row_reads_as_it_was_and_no_cell_is_a_formula(
            cells in proptest::collection::vec(any::<String>(), 1..6),
        ) {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let rows = read(&of(&cells));
            prop_assert_eq!(rows.len(), 2);
            prop_assert_eq!(rows[1].len(), cells.len());
            for cell in &rows[1] {
                prop_assert!(!is_formula(cell) || cell.starts_with('\''), "{}", cell);
                prop_assert!(!cell.contains(['\r', '\n']));
            }
        }
    }
}
