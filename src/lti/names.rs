//! The names of the specifications.

/// Claims of LTI Core 1.3 and of the services.
pub mod claim {
    macro_rules! lti {
        ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {$(
            $(#[$doc])*
            pub const $constant: &str = concat!("https://purl.imsglobal.org/spec/lti/claim/", $name);
        )*};
    }
    lti! {
        /// What kind of message this is.
        MESSAGE_TYPE = "message_type";
        /// The LTI version.
        VERSION = "version";
        /// The installation that launches.
        DEPLOYMENT_ID = "deployment_id";
        /// Where the launch leads.
        TARGET_LINK_URI = "target_link_uri";
        /// The link that was followed.
        RESOURCE_LINK = "resource_link";
        /// The person's roles.
        ROLES = "roles";
        /// The course.
        CONTEXT = "context";
        /// The platform.
        TOOL_PLATFORM = "tool_platform";
        /// How the launch is shown.
        LAUNCH_PRESENTATION = "launch_presentation";
        /// Ids of the school's information system.
        LIS = "lis";
        /// Custom parameters.
        CUSTOM = "custom";
        /// The users that a mentor looks after.
        ROLE_SCOPE_MENTOR = "role_scope_mentor";
        /// Whose submission is reviewed.
        FOR_USER = "for_user";
        /// Who and what this was under LTI 1.1.
        LTI1P1 = "lti1p1";
    }
    /// What a deep linking request wants (Deep Linking 2.0).
    pub const DEEP_LINKING_SETTINGS: &str =
        "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
    macro_rules! deep_linking {
        ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {$(
            $(#[$doc])*
            pub const $constant: &str =
                concat!("https://purl.imsglobal.org/spec/lti-dl/claim/", $name);
        )*};
    }
    deep_linking! {
        /// What was picked.
        CONTENT_ITEMS = "content_items";
        /// What the request carried, back again.
        DEEP_LINKING_DATA = "data";
        /// A message for the person.
        DEEP_LINKING_MSG = "msg";
        /// A message for the log.
        DEEP_LINKING_LOG = "log";
        /// What went wrong, for the person.
        DEEP_LINKING_ERRORMSG = "errormsg";
        /// What went wrong, for the log.
        DEEP_LINKING_ERRORLOG = "errorlog";
    }
    /// Assignment and Grade Services 2.0.
    pub const AGS: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
    /// Names and Role Provisioning Services 2.0.
    pub const NRPS: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
    /// Basic Outcomes.
    pub const BASIC_OUTCOME: &str = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome";
}

/// Scopes of the services.
pub mod scope {
    /// Columns of the gradebook, to be made and changed.
    pub const LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
    /// Columns of the gradebook, to be read.
    pub const LINE_ITEM_READ: &str =
        "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
    /// One score by Basic Outcomes.
    pub const BASIC_OUTCOME: &str = "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome";
    /// Results, to be read.
    pub const RESULT_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
    /// Scores, to be sent.
    pub const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
    /// The people of a course, to be read.
    pub const ROSTER: &str = crate::lti::nrps::SCOPE;
}

/// Custom parameters that platforms are asked for, and the variables that they put values for.
pub mod parameter {
    /// What the names of custom parameters begin with in LTI 1.1.
    pub const CUSTOM_PREFIX: &str = "custom_";
    /// The courses that a course was copied from, closest first.
    pub const HISTORY: &str = "context_id_history";
    /// What platforms put the copied courses for.
    pub const HISTORY_VARIABLE: &str = "$Context.id.history";
    /// The roster's address, for LTI 1.1. Teachers can set it, too.
    pub const ROSTER: &str = "context_memberships_v2_url";
    /// The placement that a link of ours presents.
    pub const PLACEMENT: &str = "placement";
    /// What platforms put the roster's address for.
    pub const ROSTER_VARIABLE: &str = "$ToolProxyBinding.memberships.url";
}

/// Message types.
pub mod message {
    /// Somebody opens a link.
    pub const RESOURCE: &str = "LtiResourceLinkRequest";
    /// Somebody picks content.
    pub const DEEP_LINKING: &str = "LtiDeepLinkingRequest";
    /// The answer to somebody who picks content.
    pub const DEEP_LINKING_RESPONSE: &str = "LtiDeepLinkingResponse";
    /// Somebody reviews a submission.
    pub const SUBMISSION_REVIEW: &str = "LtiSubmissionReviewRequest";
    /// A launch of LTI 1.1; without a link it signs in.
    pub const BASIC: &str = "basic-lti-launch-request";
}

/// Names of JSON-LD.
pub mod vocabulary {
    /// The context of content items (Content-Item 1.0).
    pub const CONTENT_ITEM: &str = "http://purl.imsglobal.org/ctx/lti/v1/ContentItem";
}

/// The LTI version of 1.3 messages.
pub const VERSION: &str = "1.3.0";
