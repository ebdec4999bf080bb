//! What Lanterna is, as platforms are told: the one description of which a registration, Canvas's
//! JSON and the cartridge are made.

use std::collections::BTreeMap;

use super::login::public;
use crate::app::{App, Cache, Page};
use crate::lti::names::{message, parameter, scope};
use crate::lti::registration::Wanted;
use crate::ui::{Messages, assets};

/// The picture of Lanterna.
const PICTURE: &str = "img/favicon.svg";
/// How long what is pasted into platforms may be kept.
const KEPT_SECONDS: u32 = 300;

/// What Lanterna wants of any platform.
pub(super) fn wanted(app: &App) -> Wanted {
    let m = Messages::default();
    let at = |path: &str| app.public().join(path);
    let picture = assets::url(app.public().base_path(), PICTURE);
    let mut claims = vec!["name", "given_name", "family_name"];
    // Nothing needs it: asked for only where the school wants it kept.
    if app.config.people.email {
        claims.push("email");
    }
    Wanted {
        name: m.text("brand").into_owned(),
        description: m.text("tool-description").into_owned(),
        launch: at("/lti/launch"),
        login: at("/lti/login"),
        jwks: at("/lti/jwks"),
        icon: format!("{}{picture}", public(app).origin().ascii_serialization()),
        home: at("/"),
        domain: app.public().host_header().to_owned(),
        scopes: [
            scope::LINE_ITEM,
            scope::RESULT_READ,
            scope::SCORE,
            scope::ROSTER,
        ]
        .map(str::to_owned)
        .to_vec(),
        // Few platforms have it by LTI 1.3, and one that does not know it may refuse all of them.
        further_scopes: vec![scope::BASIC_OUTCOME.to_owned()],
        claims: claims.into_iter().map(str::to_owned).collect(),
        messages: [message::DEEP_LINKING, message::SUBMISSION_REVIEW]
            .map(str::to_owned)
            .to_vec(),
        custom: BTreeMap::from([(
            parameter::HISTORY.to_owned(),
            parameter::HISTORY_VARIABLE.to_owned(),
        )]),
        selection_label: m.text("tool-selection").into_owned(),
    }
}

/// `GET /lti/config/canvas.json`: what Canvas takes by "Enter URL" for an LTI 1.3 key.
pub fn canvas_json(app: &App) -> Page {
    Page::json(&wanted(app).canvas_json()).cache(Cache::Seconds(KEPT_SECONDS))
}

/// `GET /lti/config/cartridge.xml`: what LTI 1.1 platforms take by an address.
pub fn cartridge(app: &App) -> Page {
    let mut wanted = wanted(app);
    // LTI 1.3 has a claim for the roster; LTI 1.1 has only this.
    wanted.custom.insert(
        parameter::ROSTER.to_owned(),
        parameter::ROSTER_VARIABLE.to_owned(),
    );
    let xml = wanted.cartridge();
    Page::whole("application/xml; charset=utf-8", xml).cache(Cache::Seconds(KEPT_SECONDS))
}
