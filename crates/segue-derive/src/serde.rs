//! The names that serde's attributes give: `#[serde(rename = "…", rename_all = "…", skip, flatten)]`.

use crate::attributes::{Errors, pass_over};
use crate::casing::Casing;
use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Token};

/// What serde's attributes say at one site, as it is written; how it is read may differ.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) rename: Option<LitStr>,
    pub(crate) rename_all: Option<Casing>,
    pub(crate) rename_all_fields: Option<Casing>,
    pub(crate) flags: Vec<(&'static str, Span)>,
}

/// The names that serde writes.
pub(crate) fn names(attributes: &[Attribute], errors: &mut Errors) -> Names {
    let mut names = Names::default();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        if let Err(e) = attribute.parse_nested_meta(|meta| names.option(&meta)) {
            errors.add(e);
        }
    }
    names
}

impl Names {
    fn option(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let ident = meta.path.get_ident().map(ToString::to_string);
        match ident.as_deref().unwrap_or_default() {
            "rename" => self.rename = written(meta)?.or(self.rename.take()),
            "rename_all" => {
                // Serde knows the same spellings, and says what is wrong with others.
                let casing = written(meta)?.and_then(|text| Casing::parse(&text.value()).ok());
                self.rename_all = casing.or(self.rename_all);
            }
            "rename_all_fields" => {
                let casing = written(meta)?.and_then(|text| Casing::parse(&text.value()).ok());
                self.rename_all_fields = casing.or(self.rename_all_fields);
            }
            "skip" => self.flags.push(("skip", meta.path.span())),
            "flatten" => self.flags.push(("flatten", meta.path.span())),
            _ => pass_over(meta)?,
        }
        Ok(())
    }
}

/// `= "name"` or `(serialize = "name", deserialize = "other")`: the name that is written.
fn written(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<LitStr>> {
    if meta.input.peek(Token![=]) {
        return meta.value()?.parse().map(Some);
    }
    let mut written = None;
    meta.parse_nested_meta(|meta| {
        if meta.path.is_ident("serialize") {
            written = Some(meta.value()?.parse()?);
            Ok(())
        } else {
            pass_over(&meta)
        }
    })?;
    Ok(written)
}
