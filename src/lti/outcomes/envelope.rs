//! The XML around a request and its answer.

use roxmltree::{Document, Error as XmlError, Node, ParsingOptions};

use super::{Code, Data, EnvelopeError, Operation, Request, Response};

/// The longest message that is read, in bytes.
pub const LONGEST: usize = 128 * 1024;
/// The most parts of a message: the specification's have some thirty.
const MOST_NODES: u32 = 500;
/// The longest name that an answer repeats, in characters.
const LONGEST_NAME: usize = 256;
/// The namespace of all elements.
const NAMESPACE: &str = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0";

const REQUEST_INFO: &str = "imsx_POXRequestHeaderInfo";
const RESPONSE_INFO: &str = "imsx_POXResponseHeaderInfo";
const MESSAGE: &str = "imsx_messageIdentifier";
const BODY: &str = "imsx_POXBody";
const SOURCED_ID: &str = "sourcedId";

/// Reads what a tool sent.
pub fn read_request(body: &[u8]) -> Result<Request, EnvelopeError> {
    let text = text_of(body)?;
    let document = parsed(text)?;
    let root = root(&document, "imsx_POXEnvelopeRequest")?;
    let info = below(root, &["imsx_POXHeader", REQUEST_INFO], REQUEST_INFO)?;
    let message = below(info, &[MESSAGE], MESSAGE)?;
    let message = shortened(&content(message));
    if message.is_empty() {
        return Err(EnvelopeError::Missing(MESSAGE));
    }
    let body = below(root, &[BODY], BODY)?;
    let asked = elements(body).next();
    let asked = asked.ok_or(EnvelopeError::Missing("operation"))?;
    Ok(Request {
        message,
        operation: operation(asked)?,
    })
}

fn operation(asked: Node<'_, '_>) -> Result<Operation, EnvelopeError> {
    let name = asked.tag_name().name();
    let sourcedid = || {
        let path = ["resultRecord", "sourcedGUID", SOURCED_ID];
        let sourcedid = content(below(asked, &path, SOURCED_ID)?);
        let there = !sourcedid.is_empty();
        there
            .then_some(sourcedid)
            .ok_or(EnvelopeError::Missing(SOURCED_ID))
    };
    match name {
        "replaceResultRequest" => Ok(Operation::Replace {
            sourcedid: sourcedid()?,
            score: found(
                asked,
                &["resultRecord", "result", "resultScore", "textString"],
            )
            .map(content),
            data: data(asked)?,
        }),
        "readResultRequest" => Ok(Operation::Read {
            sourcedid: sourcedid()?,
        }),
        "deleteResultRequest" => Ok(Operation::Delete {
            sourcedid: sourcedid()?,
        }),
        other => Ok(Operation::Unknown(shortened(
            other.strip_suffix("Request").unwrap_or(other),
        ))),
    }
}

fn data(asked: Node<'_, '_>) -> Result<Option<Data>, EnvelopeError> {
    let Some(data) = found(asked, &["resultRecord", "result", "resultData"]) else {
        return Ok(None);
    };
    let mut told = elements(data).filter_map(|element| {
        let text = content(element);
        Some(match element.tag_name().name() {
            "text" => Data::Text(text),
            "url" => Data::Url(text),
            "ltiLaunchUrl" => Data::LaunchUrl(text),
            _ => return None,
        })
    });
    let first = told.next();
    match told.next() {
        None => Ok(first),
        Some(_) => Err(EnvelopeError::SeveralData),
    }
}

/// Reads what a platform answered.
pub fn read_response(body: &[u8]) -> Result<Response, EnvelopeError> {
    let text = text_of(body)?;
    let document = parsed(text)?;
    let root = root(&document, "imsx_POXEnvelopeResponse")?;
    let info = below(root, &["imsx_POXHeader", RESPONSE_INFO], RESPONSE_INFO)?;
    let status = below(info, &["imsx_statusInfo"], "imsx_statusInfo")?;
    let told = |name: &str| found(status, &[name]).map(|node| shortened(&content(node)));
    let major = told("imsx_codeMajor").ok_or(EnvelopeError::Missing("imsx_codeMajor"))?;
    let code = Code::ALL
        .into_iter()
        .find(|code| major.eq_ignore_ascii_case(code.name()));
    let score = found(root, &[BODY, "readResultResponse", "result"]).map(|result| {
        let text = found(result, &["resultScore", "textString"]).map(content);
        shortened(&text.unwrap_or_default())
    });
    let minor = found(
        status,
        &[
            "imsx_codeMinor",
            "imsx_codeMinorField",
            "imsx_codeMinorFieldValue",
        ],
    );
    Ok(Response {
        message: found(info, &[MESSAGE])
            .map(|node| shortened(&content(node)))
            .unwrap_or_default(),
        // A word that the specification does not have promises nothing.
        code: code.unwrap_or(Code::Failure),
        minor: minor.map(|node| shortened(&content(node))),
        description: told("imsx_description").unwrap_or_default(),
        answers: told("imsx_messageRefIdentifier").filter(|name| !name.is_empty()),
        operation: told("imsx_operationRefIdentifier").unwrap_or_default(),
        score,
    })
}

fn text_of(body: &[u8]) -> Result<&str, EnvelopeError> {
    if body.len() > LONGEST {
        return Err(EnvelopeError::TooLong);
    }
    let text = std::str::from_utf8(body).map_err(|_| EnvelopeError::Malformed)?;
    // Some senders begin with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn parsed(text: &str) -> Result<Document<'_>, EnvelopeError> {
    // Even an empty one, of which the parser would not complain.
    if text.contains("<!DOCTYPE") {
        return Err(EnvelopeError::Doctype);
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| match error {
        XmlError::DtdDetected => EnvelopeError::Doctype,
        XmlError::NodesLimitReached => EnvelopeError::TooLong,
        _ => EnvelopeError::Malformed,
    })
}

/// The root of this name. Namespaces are not looked at: senders forget them.
fn root<'a>(document: &'a Document<'_>, name: &'static str) -> Result<Node<'a, 'a>, EnvelopeError> {
    let root = document.root_element();
    let right = root.tag_name().name() == name;
    right.then_some(root).ok_or(EnvelopeError::Missing(name))
}

fn elements<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(Node::is_element)
}

/// The first element by this way down.
fn found<'a>(from: Node<'a, 'a>, way: &[&str]) -> Option<Node<'a, 'a>> {
    way.iter().try_fold(from, |node, name| {
        elements(node).find(|child| child.tag_name().name() == *name)
    })
}

fn below<'a>(
    from: Node<'a, 'a>,
    way: &[&str],
    missing: &'static str,
) -> Result<Node<'a, 'a>, EnvelopeError> {
    found(from, way).ok_or(EnvelopeError::Missing(missing))
}

/// The text of an element, its own parts joined.
fn content(node: Node<'_, '_>) -> String {
    let parts: String = node.children().filter_map(|part| part.text()).collect();
    parts.trim().to_owned()
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

/// A request as it is sent.
pub fn write_request(request: &Request) -> String {
    let mut out = Writer::begin("imsx_POXEnvelopeRequest");
    out.open(&["imsx_POXHeader", REQUEST_INFO]);
    out.text("imsx_version", "V1.0");
    out.text(MESSAGE, &request.message);
    out.close(2);
    let operation = &request.operation;
    out.open(&[BODY, &format!("{}Request", operation.name())]);
    if let Some(sourcedid) = operation.sourcedid() {
        out.open(&["resultRecord", "sourcedGUID"]);
        out.text(SOURCED_ID, sourcedid);
        out.close(1);
        if let Operation::Replace { score, data, .. } = operation {
            out.open(&["result"]);
            out.score(score.as_deref());
            out.data(data.as_ref());
            out.close(1);
        }
        out.close(1);
    }
    out.end()
}

/// An answer as it is sent.
pub fn write_response(response: &Response) -> String {
    let mut out = Writer::begin("imsx_POXEnvelopeResponse");
    out.open(&["imsx_POXHeader", RESPONSE_INFO]);
    out.text("imsx_version", "V1.0");
    out.text(MESSAGE, &response.message);
    out.open(&["imsx_statusInfo"]);
    out.text("imsx_codeMajor", response.code.name());
    out.text("imsx_severity", response.code.severity());
    out.text("imsx_description", &response.description);
    out.text(
        "imsx_messageRefIdentifier",
        response.answers.as_deref().unwrap_or_default(),
    );
    out.text("imsx_operationRefIdentifier", &response.operation);
    if let Some(minor) = &response.minor {
        out.open(&["imsx_codeMinor", "imsx_codeMinorField"]);
        out.text("imsx_codeMinorFieldName", "LTI");
        out.text("imsx_codeMinorFieldValue", minor);
        out.close(2);
    }
    out.close(3);
    out.open(&[BODY]);
    // What was not understood has no element of its own to answer with.
    let known = ["replaceResult", "readResult", "deleteResult"];
    if known.contains(&response.operation.as_str()) {
        out.open(&[&format!("{}Response", response.operation)]);
        if let Some(score) = &response.score {
            out.open(&["result"]);
            out.score(Some(score));
            out.close(1);
        }
        out.close(1);
    }
    out.end()
}

/// Writes elements, each closed in the order in which it was opened.
struct Writer {
    out: String,
    open: Vec<String>,
}

impl Writer {
    fn begin(root: &str) -> Self {
        Self {
            out: format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">"
            ),
            open: vec![root.to_owned()],
        }
    }

    /// The names are ours, and so are letters.
    fn open(&mut self, names: &[&str]) {
        for name in names {
            self.tag("<", name);
            self.open.push((*name).to_owned());
        }
    }

    fn tag(&mut self, begin: &str, name: &str) {
        for part in [begin, name, ">"] {
            self.out.push_str(part);
        }
    }

    fn close(&mut self, levels: usize) {
        for _ in 0..levels {
            if let Some(name) = self.open.pop() {
                self.tag("</", &name);
            }
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.tag("<", name);
        self.out.push_str(&escaped(text));
        self.tag("</", name);
    }

    fn score(&mut self, score: Option<&str>) {
        if let Some(score) = score {
            self.open(&["resultScore"]);
            self.text("language", "en");
            self.text("textString", score);
            self.close(1);
        }
    }

    fn data(&mut self, data: Option<&Data>) {
        let (name, text) = match data {
            None => return,
            Some(Data::Text(text)) => ("text", text),
            Some(Data::Url(url)) => ("url", url),
            Some(Data::LaunchUrl(url)) => ("ltiLaunchUrl", url),
        };
        self.open(&["resultData"]);
        self.text(name, text);
        self.close(1);
    }

    fn end(mut self) -> String {
        self.close(self.open.len());
        self.out
    }
}

/// The text as character data. What XML 1.0 cannot say (section 2.2) is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A parser would make it a line feed.
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}
