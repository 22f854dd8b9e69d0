//! Reads the files of `src/`: which modules there are, what each defines and imports, and which paths it names. It knows just
//! as much of Rust as that takes: comments, strings, attributes for tests, `mod`, `use` and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module's path from the root of the crate; the root's is empty.
pub(crate) type ModulePath = Vec<String>;

/// A path that is written in a file.
#[derive(Clone, Debug)]
pub(crate) struct NamedPath {
    /// The module it is written in.
    pub(crate) within: ModulePath,
    pub(crate) segments: Vec<String>,
    /// Whether it is a `pub use`, which passes a name on and uses nothing.
    pub(crate) passed_on: bool,
    /// Whether it is a `use` at all.
    pub(crate) imported: bool,
}

/// A module: a file, or a `mod name { … }` within one.
#[derive(Default, Debug)]
pub(crate) struct Module {
    /// The file it stands in, from `src/` on.
    pub(crate) file: String,
    pub(crate) defines: BTreeSet<String>,
    /// Names and the paths they were imported from.
    pub(crate) imports: BTreeMap<String, Vec<String>>,
    /// What is imported with a `*`.
    pub(crate) globs: Vec<Vec<String>>,
}

/// All modules but those of tests, and all paths that they name.
#[derive(Default, Debug)]
pub(crate) struct Sources {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
    pub(crate) paths: Vec<NamedPath>,
    /// Macros and the modules that define them: the root of the crate exports them.
    macros: BTreeMap<String, ModulePath>,
}

impl Sources {
    /// Reads a folder with a `lib.rs`.
    pub(crate) fn read(src: &Path) -> Sources {
        let mut sources = Sources::default();
        sources.file(src, "lib.rs", Vec::new());
        sources
    }

    /// Reads a file and, through its `mod name;`, those below it.
    fn file(&mut self, src: &Path, file: &str, module: ModulePath) {
        let text = std::fs::read_to_string(src.join(file))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        let tokens = without_tests(tokens(&text));
        let mut reader = Reader {
            tokens: &tokens,
            at: 0,
            file,
            children: Vec::new(),
            sources: self,
        };
        reader.module(&module);
        for child in reader.children {
            let stem = file.trim_end_matches(".rs");
            let folder = match stem.rsplit_once('/') {
                _ if stem == "lib" => String::new(),
                Some((folder, "mod")) => format!("{folder}/"),
                _ => format!("{stem}/"),
            };
            let inner = child[module.len()..].join("/");
            let flat = format!("{folder}{inner}.rs");
            let nested = format!("{folder}{inner}/mod.rs");
            let found = if src.join(&flat).exists() {
                flat
            } else {
                nested
            };
            self.file(src, &found, child);
        }
    }

    /// The module that defines what a path leads to, through whatever passes the name on, and the name it has there (none
    /// where the path leads to the module itself). None outside the crate.
    pub(crate) fn definition<'a>(
        &'a self,
        path: &'a NamedPath,
    ) -> Option<(&'a ModulePath, &'a str)> {
        self.resolve(&path.within, &path.segments, 0)
    }

    fn resolve(
        &self,
        within: &[String],
        segments: &[String],
        depth: usize,
    ) -> Option<(&ModulePath, &str)> {
        if depth > 12 {
            return None;
        }
        let mut at = within.to_vec();
        let mut rest = segments;
        let mut local = false;
        while let [first, after @ ..] = rest {
            match first.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                _ => break,
            }
            (rest, local) = (after, true);
        }
        while let [name, after @ ..] = rest {
            let mut child = at.clone();
            child.push(name.clone());
            let module = self.modules.get(&at)?;
            if self.modules.contains_key(&child) {
                (at, rest, local) = (child, after, true);
                continue;
            }
            if module.defines.contains(name) {
                break;
            }
            let joined = |path: &Vec<String>| [path.as_slice(), after].concat();
            if let Some(import) = module.imports.get(name).filter(|path| *path != segments) {
                return self.resolve(&at, &joined(import), depth + 1);
            }
            let starred = module.globs.iter().find_map(|glob| {
                let path = [glob.as_slice(), rest].concat();
                let found = self.resolve(&at, &path, depth + 1)?;
                (!found.1.is_empty()).then_some(found)
            });
            if starred.is_some() {
                return starred;
            }
            if at.is_empty()
                && local
                && let Some(within) = self.macros.get(name)
            {
                at.clone_from(within);
            }
            break;
        }
        let (found, module) = self.modules.get_key_value(&at)?;
        match rest.first() {
            None => Some((found, "")),
            Some(name) => match module.defines.get(name) {
                Some(name) => Some((found, name)),
                None => local.then_some((found, "")),
            },
        }
    }
}

/// Reads the tokens of one file.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    file: &'a str,
    /// Modules in files of their own.
    children: Vec<ModulePath>,
    sources: &'a mut Sources,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }

    /// Reads up to the end of the file or the brace that closes the module.
    fn module(&mut self, path: &ModulePath) {
        let mut module = Module {
            file: self.file.to_owned(),
            ..Module::default()
        };
        let mut depth = 0_u32;
        let mut public = false;
        while self.at < self.tokens.len() {
            let word = self.peek(0).to_owned();
            let next = self.peek(1).to_owned();
            match word.as_str() {
                "{" => depth += 1,
                "}" if depth == 0 => break,
                "}" => (depth, public) = (depth - 1, false),
                ";" | "," => public = false,
                "pub" => public = true,
                "mod" if is_word(&next) => {
                    let child = [path.as_slice(), &[next]].concat();
                    self.at += 3;
                    if self.peek(0).is_empty() || self.tokens[self.at - 1] == ";" {
                        self.children.push(child);
                    } else {
                        self.module(&child);
                        self.at += 1;
                    }
                    public = false;
                    continue;
                }
                "use" if next != "<" => {
                    self.at += 1;
                    self.import(path, &mut module, &mut Vec::new(), public);
                    public = false;
                    continue;
                }
                "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union"
                    if depth == 0 && is_word(&next) =>
                {
                    module.defines.insert(next);
                    public = false;
                }
                "macro_rules" => {
                    let name = self.peek(2).to_owned();
                    self.sources.macros.insert(name.clone(), path.clone());
                    module.defines.insert(name);
                }
                _ if is_word(&word) && next == "::" && self.before() != "::" => {
                    self.path(path);
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.sources.modules.insert(path.clone(), module);
    }

    fn before(&self) -> &str {
        self.at.checked_sub(1).map_or("", |at| &self.tokens[at])
    }

    /// A path in the middle of the code.
    fn path(&mut self, within: &ModulePath) {
        let mut segments = vec![self.peek(0).to_owned()];
        self.at += 1;
        while self.peek(0) == "::" && is_word(self.peek(1)) {
            segments.push(self.peek(1).to_owned());
            self.at += 2;
        }
        if self.peek(0) == "::" {
            self.at += 1;
        }
        self.sources.paths.push(NamedPath {
            within: within.clone(),
            segments,
            passed_on: false,
            imported: false,
        });
    }

    /// The tree of a `use`, from behind the word or a brace up to what ends it.
    fn import(
        &mut self,
        within: &ModulePath,
        module: &mut Module,
        prefix: &mut Vec<String>,
        public: bool,
    ) {
        let kept = prefix.len();
        loop {
            let word = self.peek(0).to_owned();
            self.at += 1;
            match word.as_str() {
                "::" => {}
                "{" => {
                    self.import(within, module, prefix, public);
                    prefix.truncate(kept);
                }
                "*" => {
                    module.globs.push(prefix.clone());
                    self.named(within, prefix, public);
                    prefix.truncate(kept);
                }
                "as" => {
                    let alias = self.peek(0).to_owned();
                    self.at += 1;
                    self.bind(within, module, prefix, alias, public);
                    prefix.truncate(kept);
                }
                "," | "}" | ";" | "" => {
                    if let Some(last) = prefix.get(kept..).and_then(<[String]>::last).cloned() {
                        if last == "self" {
                            prefix.pop();
                        }
                        let name = prefix.last().cloned().unwrap_or_default();
                        self.bind(within, module, prefix, name, public);
                    }
                    prefix.truncate(kept);
                    if word != "," {
                        return;
                    }
                }
                _ => prefix.push(word),
            }
        }
    }

    fn bind(
        &mut self,
        within: &ModulePath,
        module: &mut Module,
        path: &[String],
        name: String,
        public: bool,
    ) {
        module.imports.insert(name, path.to_vec());
        self.named(within, path, public);
    }

    fn named(&mut self, within: &ModulePath, path: &[String], passed_on: bool) {
        self.sources.paths.push(NamedPath {
            within: within.clone(),
            segments: path.to_vec(),
            passed_on,
            imported: true,
        });
    }
}

/// A word, `::`, or one other character.
type Token = String;

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens of a file, without comments, strings and numbers.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '"' => string(rest),
            'r' | 'b' if raw(rest).is_some() => raw(rest).unwrap_or(1),
            '\'' => character(rest),
            _ if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let word = &rest[..end.unwrap_or(rest.len())];
                if is_word(word) {
                    tokens.push(word.to_owned());
                }
                word.len()
            }
            _ if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            _ => {
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the string that begins here.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// The length of the raw string or byte string that begins here.
fn raw(text: &str) -> Option<usize> {
    let after = text.strip_prefix('b').unwrap_or(text);
    if after.len() < text.len() && after.starts_with('"') {
        return Some(1 + string(after));
    }
    let after = after.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let inner = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let until = inner.find(&end)? + end.len();
    Some(text.len() - inner.len() + until)
}

/// The length of the character that begins here, or of the mark of a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some(_)) => chars
            .find(|(_, c)| *c == '\'')
            .map_or(text.len(), |(at, _)| at + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// The tokens without the items that stand behind `#[cfg(test)]` or the like.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "#" && tokens.get(at + 1).is_some_and(|t| t == "[") {
            let end = closing(&tokens, at + 1);
            let attribute = &tokens[at..end];
            let about_tests = attribute.get(2).is_some_and(|t| t == "cfg")
                && attribute.iter().any(|t| t == "test" || t == "doctest")
                && attribute.iter().all(|t| t != "not" && t != "any");
            at = end;
            if about_tests {
                while tokens.get(at).is_some_and(|t| t == "#") {
                    at = closing(&tokens, at + 1);
                }
                while at < tokens.len() && tokens[at] != ";" && tokens[at] != "{" {
                    at = if tokens[at] == "(" {
                        closing(&tokens, at)
                    } else {
                        at + 1
                    };
                }
                let braces = tokens.get(at).is_some_and(|t| t == "{");
                at = if braces { closing(&tokens, at) } else { at + 1 };
            }
            continue;
        }
        kept.push(tokens[at].clone());
        at += 1;
    }
    kept
}

/// Behind the bracket that closes the one here.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}
