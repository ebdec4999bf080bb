//! What people look for, and how the index is asked for it.
//!
//! A hit's score says where its words were found, and whether exactly, as a beginning, or with one
//! letter wrong: nothing else. How often a word stands in the library counts nothing, since that
//! would tell of what one may not see, and would move hits between the pages of a list.

use tantivy::Term;
use tantivy::query::{
    BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, PhraseQuery, Query,
    TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::fields::{Fields, Scope, kind, visibility};
use super::order::Sort;
use super::text::{self, Word};
use crate::store::ids::UserId;
use crate::store::rows::library::{Kind, Visibility};

/// The most characters of what is looked for; what follows is not read.
pub const TEXT_MAX: usize = 200;
/// The most words; those that follow are not looked for.
const WORDS_MAX: usize = 12;
/// From this length on, a word of letters may have one of them wrong.
const FUZZY_FROM: usize = 5;

/// Words to be found, all of them, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(Vec<Clause>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Clause {
    /// A word, one that begins so, or one that is nearly so.
    Word { word: String, begins: bool },
    /// Exactly these words, one after another.
    Phrase(Vec<String>),
}

impl Words {
    /// The words of a text as typed. What stands in quotation marks is looked for as it stands;
    /// the last word may be unfinished. Every text is taken.
    pub fn parse(text: &str) -> Self {
        let cut = text.char_indices().nth(TEXT_MAX);
        let text = cut.map_or(text, |(end, _)| &text[..end]);
        let mut clauses = Vec::new();
        let parts: Vec<&str> = text.split(is_quotation_mark).collect();
        for (index, part) in parts.iter().enumerate() {
            let words = text::words(part);
            // What follows a mark that nothing closes is words like others.
            if index % 2 == 0 || index + 1 == parts.len() {
                clauses.extend(words.iter().map(clause));
            } else if !words.is_empty() {
                let parts = words.iter().flat_map(Word::parts);
                clauses.push(Clause::Phrase(parts.cloned().collect()));
            }
        }
        if let Some(Clause::Word { begins, .. }) = clauses.last_mut() {
            *begins = true;
        }
        clauses.truncate(WORDS_MAX);
        Self(clauses)
    }

    /// Whether there is no word in it: then nothing is found.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const fn is_quotation_mark(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

fn clause(word: &Word) -> Clause {
    match word.parts() {
        [one] => Clause::Word {
            word: one.clone(),
            begins: false,
        },
        parts => Clause::Phrase(parts.to_vec()),
    }
}

/// What to look for in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Words in title, tags, description or file name; `None`: everything.
    pub words: Option<Words>,
    /// Things of this kind only.
    pub kind: Option<Kind>,
    /// Things of this visibility only.
    pub visibility: Option<Visibility>,
    /// Things of this person only.
    pub owner: Option<UserId>,
    /// Things with this tag only.
    pub tag: Option<String>,
    /// In which order.
    pub sort: Sort,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            words: None,
            kind: None,
            visibility: None,
            owner: None,
            tag: None,
            sort: Sort::Newest,
        }
    }
}

impl Wanted {
    /// As a question to the index, about what is in one of these scopes.
    pub(super) fn query(&self, fields: &Fields, scopes: &[Scope]) -> BooleanQuery {
        let any: Vec<Box<dyn Query>> = scopes
            .iter()
            .map(|scope| exactly(fields.scope, &scope.term()))
            .collect();
        let mut all = vec![without_score(Box::new(BooleanQuery::union(any)))];
        let mut filter = |field, value: Option<&str>| {
            all.extend(value.map(|value| without_score(exactly(field, value))));
        };
        filter(fields.kind, self.kind.map(kind));
        filter(fields.visibility, self.visibility.map(visibility));
        let owner = self.owner.map(|owner| Scope::Owner(owner).term());
        filter(fields.scope, owner.as_deref());
        let tag = self.tag.as_deref().map(text::tag);
        filter(fields.tag, tag.as_deref());
        if let Some(words) = &self.words {
            all.extend(words.0.iter().map(|clause| clause.query(fields)));
        }
        BooleanQuery::new(all.into_iter().map(|query| (Occur::Must, query)).collect())
    }
}

/// What finding a word in a field is worth. Whatever is found exactly or as a beginning stands
/// above everything that is nearly so.
struct Worth {
    field: Field,
    exact: u8,
    begins: u8,
    nearly: u8,
}

fn worths(fields: &Fields) -> [Worth; 4] {
    let worth = |field, exact, begins, nearly| Worth {
        field,
        exact,
        begins,
        nearly,
    };
    [
        worth(fields.title, 16, 14, 3),
        worth(fields.tags, 12, 10, 2),
        worth(fields.description, 8, 6, 1),
        worth(fields.file, 8, 6, 1),
    ]
}

impl Clause {
    fn query(&self, fields: &Fields) -> Box<dyn Query> {
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for worth in worths(fields) {
            match self {
                Self::Phrase(words) => ways.push(scored(phrase(worth.field, words), worth.exact)),
                Self::Word { word, begins } => {
                    let term = Term::from_field_text(worth.field, word);
                    ways.push(scored(exactly(worth.field, word), worth.exact));
                    if *begins {
                        let begins = FuzzyTermQuery::new_prefix(term.clone(), 0, false);
                        ways.push(scored(Box::new(begins), worth.begins));
                    }
                    if may_be_wrong(word) {
                        let nearly = FuzzyTermQuery::new(term, 1, true);
                        ways.push(scored(Box::new(nearly), worth.nearly));
                    }
                }
            }
        }
        Box::new(DisjunctionMaxQuery::new(ways))
    }
}

/// Numbers are not forgiven: "week 11" is not "week 12".
fn may_be_wrong(word: &str) -> bool {
    word.chars().count() >= FUZZY_FROM && !word.chars().any(char::is_numeric)
}

fn exactly(field: Field, text: &str) -> Box<dyn Query> {
    let term = Term::from_field_text(field, text);
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn phrase(field: Field, words: &[String]) -> Box<dyn Query> {
    match words {
        [one] => exactly(field, one),
        words => {
            let terms = words.iter().map(|word| Term::from_field_text(field, word));
            Box::new(PhraseQuery::new(terms.collect()))
        }
    }
}

fn scored(query: Box<dyn Query>, worth: u8) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, worth.into()))
}

fn without_score(query: Box<dyn Query>) -> Box<dyn Query> {
    scored(query, 0)
}
