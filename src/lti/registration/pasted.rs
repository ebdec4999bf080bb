//! What is pasted into a platform that does not register by itself: the JSON of Canvas, and the
//! cartridge of LTI 1.1.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Wanted;
use crate::lti::names::message;

/// Canvas's name among platforms.
const CANVAS: &str = "canvas.instructure.com";
/// The size of the window in which content is selected, in pixels.
const SELECTION_SIZE: (u32, u32) = (900, 680);
/// Where Canvas offers selection.
const SELECTION: [&str; 3] = ["editor_button", "assignment_selection", "link_selection"];
/// Where Canvas offers the tool itself.
const OPENING: &str = "course_navigation";

impl Wanted {
    /// The configuration that Canvas takes by "Enter URL" or "Paste JSON".
    pub fn canvas_json(&self) -> Value {
        let (width, height) = SELECTION_SIZE;
        let select = |placement: &str| {
            json!({
                "placement": placement,
                "message_type": message::DEEP_LINKING,
                "target_link_uri": self.launch,
                "text": self.selection_label,
                "icon_url": self.icon,
                "selection_width": width,
                "selection_height": height,
                "enabled": true,
            })
        };
        let mut placements: Vec<Value> = SELECTION.iter().map(|name| select(name)).collect();
        placements.push(json!({
            "placement": OPENING,
            "message_type": message::RESOURCE,
            "target_link_uri": self.launch,
            "text": self.name,
            "icon_url": self.icon,
            "enabled": true,
        }));
        json!({
            "title": self.name,
            "description": self.description,
            "oidc_initiation_url": self.login,
            "target_link_uri": self.launch,
            "scopes": self.scopes,
            "public_jwk_url": self.jwks,
            "custom_fields": self.custom,
            "extensions": [{
                "platform": CANVAS,
                "domain": self.domain,
                "tool_id": "lanterna",
                "privacy_level": self.privacy_level(),
                "settings": {
                    "text": self.name,
                    "icon_url": self.icon,
                    "selection_width": width,
                    "selection_height": height,
                    "placements": placements,
                },
            }],
        })
    }

    /// The cartridge of LTI 1.1 (Common Cartridge LTI link 1.0), with Canvas's placements.
    pub fn cartridge(&self) -> String {
        let mut out = Xml::default();
        out.line(0, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        out.line(0, "<cartridge_basiclti_link");
        for (prefix, name) in [
            ("xmlns", "imslticc_v1p0"),
            ("xmlns:blti", "imsbasiclti_v1p0"),
            ("xmlns:lticm", "imslticm_v1p0"),
            ("xmlns:lticp", "imslticp_v1p0"),
        ] {
            out.line(
                2,
                &format!("{prefix}=\"http://www.imsglobal.org/xsd/{name}\""),
            );
        }
        out.line(2, "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
        out.line(2, &format!("xsi:schemaLocation=\"{}\">", schemas()));
        out.element(1, "blti:title", &self.name);
        out.element(1, "blti:description", &self.description);
        out.element(1, "blti:launch_url", &self.launch);
        if self.launch.starts_with("https:") {
            out.element(1, "blti:secure_launch_url", &self.launch);
        }
        out.element(1, "blti:icon", &self.icon);
        if self.icon.starts_with("https:") {
            out.element(1, "blti:secure_icon", &self.icon);
        }
        out.line(1, "<blti:custom>");
        for (name, value) in &self.custom {
            out.property(2, name, value);
        }
        out.line(1, "</blti:custom>");
        out.line(1, &format!("<blti:extensions platform=\"{CANVAS}\">"));
        self.extensions(&mut out);
        out.line(1, "</blti:extensions>");
        out.line(0, "</cartridge_basiclti_link>");
        out.0
    }

    fn extensions(&self, out: &mut Xml) {
        let (width, height) = SELECTION_SIZE;
        out.property(2, "tool_id", "lanterna");
        out.property(2, "domain", &self.domain);
        out.property(2, "privacy_level", self.privacy_level());
        for placement in SELECTION {
            out.line(2, &format!("<lticm:options name=\"{placement}\">"));
            out.property(3, "enabled", "true");
            out.property(3, "message_type", "ContentItemSelectionRequest");
            out.property(3, "url", &self.launch);
            out.property(3, "text", &self.selection_label);
            out.property(3, "icon_url", &self.icon);
            out.property(3, "selection_width", &width.to_string());
            out.property(3, "selection_height", &height.to_string());
            out.line(2, "</lticm:options>");
        }
        out.line(2, &format!("<lticm:options name=\"{OPENING}\">"));
        out.property(3, "enabled", "true");
        out.property(3, "url", &self.launch);
        out.property(3, "text", &self.name);
        out.line(2, "</lticm:options>");
    }
}

/// Where each schema of a cartridge is.
fn schemas() -> String {
    let names = ["imslticc", "imsbasiclti", "imslticm", "imslticp"];
    let pairs = names.map(|name| {
        format!(
            "http://www.imsglobal.org/xsd/{name}_v1p0 \
             http://www.imsglobal.org/xsd/lti/ltiv1p0/{name}_v1p0.xsd"
        )
    });
    pairs.join(" ")
}

/// XML under construction. Every text is escaped.
#[derive(Default)]
struct Xml(String);

impl Xml {
    fn line(&mut self, depth: usize, markup: &str) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.0, "{:indent$}{markup}", "", indent = 2 * depth);
    }

    fn element(&mut self, depth: usize, name: &str, text: &str) {
        self.line(depth, &format!("<{name}>{}</{name}>", escaped(text)));
    }

    fn property(&mut self, depth: usize, name: &str, value: &str) {
        let (name, value) = (escaped(name), escaped(value));
        let element = format!("<lticm:property name=\"{name}\">{value}</lticm:property>");
        self.line(depth, &element);
    }
}

/// A text as XML holds it (XML 1.0, sections 2.2 and 2.4); what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() && !matches!(c, '\t' | '\n') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_element() {
        let text = "a</b>&amp;\"<![CDATA[\u{0}\u{ffff}]]>";
        let escaped = escaped(text);
        assert!(
            !escaped.contains(['<', '>', '"', '\0', '\u{ffff}']),
            "{escaped}"
        );
        assert!(escaped.starts_with("a&lt;/b&gt;&amp;amp;&quot;&lt;"));
    }
}
