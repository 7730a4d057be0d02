//! What the sources say about the protocol, for `docs/protocol.md` and for tables of cases that must not miss anything new.
//!
//! Reads the declarations of `model` and the routes of `relay` as text; they are formatted by rustfmt, which is all that it relies on.

use model::wire::ErrorCode;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A declaration.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// Its name in Rust.
    pub name: String,
    /// What is said about it.
    pub doc: String,
    /// Of a struct.
    pub fields: Vec<Field>,
    /// Of an enum.
    pub variants: Vec<Variant>,
}

/// One of an enum's.
#[derive(Clone, Debug, Default)]
pub struct Variant {
    /// Its name on the wire.
    pub name: String,
    /// What is said about it.
    pub doc: String,
    /// What it holds, if that has names.
    pub fields: Vec<Field>,
    /// What it holds, if that has none.
    pub holds: Option<String>,
    /// It stands for what is not known.
    pub is_other: bool,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What is said about it.
    pub doc: String,
    /// In words.
    pub kind: String,
    /// Whether it may be left out.
    pub is_optional: bool,
}

/// The repository's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The declarations of a source file.
///
/// # Panics
/// When there is no such file.
#[must_use]
pub fn items(file: &str) -> Vec<Item> {
    let text = std::fs::read_to_string(root().join(file)).unwrap();
    let mut items = Vec::new();
    let mut lines = Lines::new(&text);
    while let Some((said, line)) = lines.next() {
        for kind in ["pub enum ", "pub struct "] {
            if let Some(name) = line.strip_prefix(kind).and_then(|x| x.strip_suffix(" {")) {
                items.push(body(name, &said, &mut lines));
            }
        }
        if let Some(constant) = line.strip_prefix("pub const ") {
            let (name, _) = constant.split_once(':').unwrap();
            items.push(Item {
                name: name.to_owned(),
                doc: said.doc,
                ..Item::default()
            });
        }
    }
    items
}

/// One declaration of a source file.
///
/// # Panics
/// When it isn't there.
#[must_use]
pub fn item(file: &str, name: &str) -> Item {
    let mut items = items(file).into_iter();
    items
        .find(|item| item.name == name)
        .unwrap_or_else(|| panic!("{file} has no {name}"))
}

fn body(name: &str, said: &Said, lines: &mut Lines<'_>) -> Item {
    let mut item = Item {
        name: name.to_owned(),
        doc: said.doc.clone(),
        ..Item::default()
    };
    let all_optional = said.attributes.contains("serde(default)");
    while let Some((said, line)) = lines.next() {
        if line == "}" {
            break;
        }
        if let Some(field) = line.trim().strip_prefix("pub ") {
            item.fields.push(self::field(&said, field, all_optional));
            continue;
        }
        let line = line.trim().trim_end_matches(',');
        let end = line.find([' ', '(']).unwrap_or(line.len());
        let mut variant = Variant {
            name: snake(&line[..end]),
            doc: said.doc,
            is_other: said.attributes.contains("serde(other)"),
            ..Variant::default()
        };
        if line.ends_with('{') {
            while let Some((said, line)) = lines.next() {
                if line.trim().starts_with('}') {
                    break;
                }
                variant.fields.push(self::field(&said, line.trim(), false));
            }
        } else if line.ends_with(')') {
            variant.holds = Some(kind(&line[end + 1..line.len() - 1]));
        }
        item.variants.push(variant);
    }
    item
}

fn field(said: &Said, text: &str, all_optional: bool) -> Field {
    let (name, of) = text.trim_end_matches(',').split_once(": ").unwrap();
    Field {
        name: name.to_owned(),
        doc: said.doc.clone(),
        kind: kind(of),
        is_optional: all_optional
            || of.starts_with("Option<")
            || said.attributes.contains("serde(default"),
    }
}

/// A type in words.
fn kind(of: &str) -> String {
    let inner = |outer: &str| {
        let inner = of.strip_prefix(outer)?.strip_suffix('>')?;
        Some(kind(inner))
    };
    if let Some(inner) = inner("Option<") {
        return format!("{inner} or null");
    }
    if let Some(inner) = inner("Vec<") {
        return format!("list of {inner}");
    }
    match of.rsplit("::").next().unwrap() {
        "RoomId" | "UserId" | "MessageId" | "OpId" | "Uuid" => "id".into(),
        "Seq" | "Rev" | "i64" | "i32" | "u32" | "u16" | "u64" => "number".into(),
        "Millis" => "time".into(),
        "BlobHash" => "hash".into(),
        "String" => "text".into(),
        "bool" => "true or false".into(),
        other => format!("`{}`", snake(other)),
    }
}

/// A name as it is on the wire.
#[must_use]
pub fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// What stands before a declaration.
#[derive(Default)]
struct Said {
    doc: String,
    attributes: String,
}

/// The lines of a source, each with the comment and the attributes before it.
struct Lines<'a> {
    lines: std::str::Lines<'a>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            lines: text.lines(),
        }
    }

    fn next(&mut self) -> Option<(Said, &'a str)> {
        let mut said = Said::default();
        loop {
            let line = self.lines.next()?;
            let trimmed = line.trim();
            if let Some(doc) = trimmed.strip_prefix("///") {
                if !said.doc.is_empty() {
                    said.doc.push(' ');
                }
                said.doc.push_str(&plain(doc.trim()));
            } else if trimmed.starts_with("#[") {
                let mut attribute = trimmed.to_owned();
                while !attribute.ends_with(']') {
                    attribute.push_str(self.lines.next()?.trim());
                }
                said.attributes.push_str(&attribute);
            } else if trimmed.is_empty() {
                said = Said::default();
            } else {
                return Some((said, line));
            }
        }
    }
}

/// A comment without its links: only their last word stays.
fn plain(doc: &str) -> String {
    let mut parts = doc.split("[`");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (link, rest) = part.split_once("`]").unwrap_or((part, ""));
        let name = link.rsplit("::").next().unwrap_or(link);
        // What has another name on the wire.
        match name {
            "ZERO" => text.push_str(&format!("0{rest}")),
            name => text.push_str(&format!("`{name}`{rest}")),
        }
    }
    text.replace("`None`", "null")
}

/// The relay's HTTP endpoints, as method and path.
///
/// # Panics
/// When the sources can't be read.
#[must_use]
pub fn endpoints() -> Vec<(String, String)> {
    let mut names = BTreeMap::new();
    for file in [
        "model/src/wire/account.rs",
        "model/src/wire/import.rs",
        "model/src/wire/mod.rs",
    ] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("pub const ")
                && let Some((name, value)) = rest.split_once(": &str = \"")
            {
                names.insert(name.to_owned(), value.trim_end_matches("\";").to_owned());
            }
        }
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("relay/src/http")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines() {
            // A path that is made of another one.
            if let Some((name, format)) = line.trim().split_once(" = format!(\"")
                && let Some(name) = name.strip_prefix("let ")
            {
                let mut path = format.trim_end_matches("\");").to_owned();
                for (known, value) in names.clone() {
                    path = path.replace(&format!("{{{known}}}"), &value);
                }
                let path = path.replace("{{", "{").replace("}}", "}");
                names.insert(format!("&{name}"), path);
            }
        }
        for route in text.split(".route(").skip(1) {
            let (path, rest) = route.split_once(',').unwrap();
            let path = path.trim();
            let path = match path.strip_prefix('"') {
                Some(literal) => literal.trim_end_matches('"').to_owned(),
                None => names[path].clone(),
            };
            // `post(begin).patch(receive)`: as far as it stands on the line.
            let line = rest.trim().lines().next().unwrap_or_default();
            for method in ["post", "patch", "get", "delete"] {
                if line.contains(&format!("{method}(")) {
                    found.push((method.to_uppercase(), path.clone()));
                }
            }
        }
    }
    found.sort();
    found
}

/// The HTTP status that goes with an error, as `docs/protocol.md` says it.
#[must_use]
pub fn status(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::Malformed | ErrorCode::NameInvalid | ErrorCode::PasswordInvalid => 400,
        ErrorCode::BadCredentials | ErrorCode::TokenInvalid | ErrorCode::TokenExpired => 401,
        ErrorCode::AccountDeactivated
        | ErrorCode::Forbidden
        | ErrorCode::RegistrationClosed
        | ErrorCode::InviteInvalid
        | ErrorCode::OriginRefused => 403,
        ErrorCode::NotFound | ErrorCode::RoomNotFound | ErrorCode::ChannelNotFound => 404,
        ErrorCode::NameTaken | ErrorCode::BlobOffset => 409,
        ErrorCode::HistoryGone => 410,
        ErrorCode::TooLarge | ErrorCode::BlobRefused => 413,
        ErrorCode::BlobMismatch => 422,
        ErrorCode::TooSlow => 408,
        ErrorCode::RateLimited | ErrorCode::TooManyConnections => 429,
        _ => 503,
    }
}
