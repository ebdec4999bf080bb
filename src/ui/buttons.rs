//! Buttons, and links that look like buttons.

use maud::{Markup, html};

use super::icons::{Icon, icon};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// The one thing this page is for.
    Primary,
    /// Something else that one may do.
    #[default]
    Secondary,
    /// Something small beside other things.
    Quiet,
    /// Something that takes away.
    Danger,
}

impl Style {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Secondary => "button",
            Self::Quiet => "button quiet",
            Self::Danger => "button danger",
        }
    }
}

/// A submit button of the form it stands in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Button<'a> {
    /// What it does.
    pub label: &'a str,
    /// How it looks.
    pub style: Style,
    /// An icon before the label.
    pub icon: Option<Icon>,
    /// A name and a value that are sent only when this button was pressed.
    pub sends: Option<(&'a str, &'a str)>,
}

/// A submit button.
pub fn button(button: &Button<'_>) -> Markup {
    html! {
        button
            type="submit"
            class=(button.style.class())
            name=[button.sends.map(|(name, _)| name)]
            value=[button.sends.map(|(_, value)| value)]
        {
            @if let Some(name) = button.icon { (icon(name)) }
            span { (button.label) }
        }
    }
}

/// A link that looks like a button.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinkButton<'a> {
    /// Where it goes.
    pub href: &'a str,
    /// What is there.
    pub label: &'a str,
    /// How it looks.
    pub style: Style,
    /// An icon before the label.
    pub icon: Option<Icon>,
}

/// The way to the page above, on top of one that is below it.
pub fn way_up(href: &str, label: &str) -> Markup {
    html! {
        p.back { a href=(href) { (icon(Icon::Back)) span { (label) } } }
    }
}

/// A link that looks like a button.
pub fn link_button(link: &LinkButton<'_>) -> Markup {
    html! {
        a href=(link.href) class=(link.style.class()) {
            @if let Some(name) = link.icon { (icon(name)) }
            span { (link.label) }
        }
    }
}

/// Buttons beside each other; they wrap where there is no room.
pub fn button_row(buttons: &Markup) -> Markup {
    html! { div.button-row { (buttons) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_sends_its_name_only_when_it_has_one() {
        let plain = button(&Button {
            label: "Save",
            ..Button::default()
        });
        assert!(!plain.0.contains("name="));
        let delete = button(&Button {
            label: "Delete",
            style: Style::Danger,
            sends: Some(("do", "delete")),
            ..Button::default()
        });
        assert!(delete.0.contains(r#"name="do" value="delete""#));
        assert!(delete.0.contains("danger"));
    }

    #[test]
    fn labels_and_addresses_are_escaped() {
        let link = link_button(&LinkButton {
            href: "media/1?a=\"b\"",
            label: "<b>",
            ..LinkButton::default()
        });
        assert!(link.0.contains("&quot;b&quot;"));
        assert!(link.0.contains("&lt;b&gt;"));
    }
}
