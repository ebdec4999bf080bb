//! Comma-separated values for spreadsheets (RFC 4180).

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Adds one line. A cell that a spreadsheet would run as a formula begins with an apostrophe.
pub fn line<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_cell(out, cell);
    }
    out.push_str("\r\n");
}

fn write_cell(out: &mut String, text: &str) {
    let guarded = text.starts_with(FORMULA);
    let quoted = guarded || text.contains([',', '"', '\n', '\r']);
    if !quoted {
        out.push_str(text);
        return;
    }
    out.push('"');
    if guarded {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: &[&str]) -> String {
        let mut out = String::new();
        line(&mut out, cells.iter().copied());
        out
    }

    #[test]
    fn cells_keep_what_is_in_them() {
        assert_eq!(written(&["a", "b c", ""]), "a,b c,\r\n");
        assert_eq!(
            written(&["a,b", "say \"x\"", "1\n2"]),
            "\"a,b\",\"say \"\"x\"\"\",\"1\n2\"\r\n"
        );
    }

    #[test]
    fn nothing_in_a_cell_is_run() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx"] {
            assert!(written(&[text]).starts_with("\"'"), "{text}");
        }
        assert_eq!(written(&["a=1"]), "a=1\r\n");
    }
}
