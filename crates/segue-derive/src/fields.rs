//! Fields as attributes and properties, and how each is registered.

use crate::attributes::{Errors, Names, Options, Place};
use crate::casing::Casing;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Fields, Generics, Type};

/// A field and what `#[segue(…)]` says of it.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) options: Options,
    /// Its name in rules.
    name: String,
}

/// Where fields stand: the options they may have, how they are spelled, and which names are taken.
pub(crate) struct Scope<'a> {
    pub(crate) place: &'a Place,
    pub(crate) casing: Option<Casing>,
    /// `attribute` or `property`.
    pub(crate) what: &'static str,
    pub(crate) taken: &'static [&'static str],
    /// A field of this name that says nothing has this role.
    pub(crate) implied: &'static str,
}

/// The named fields of a struct or variant.
pub(crate) fn read<'a>(
    fields: &'a Fields,
    span: Span,
    scope: &Scope<'_>,
    errors: &mut Errors,
) -> Vec<Field<'a>> {
    let Fields::Named(named) = fields else {
        errors.push(
            span,
            format!(
                "this needs named fields, since each is {} {}",
                article(scope.what),
                scope.what
            ),
        );
        return Vec::new();
    };
    let mut names = Names::default();
    let mut read = Vec::with_capacity(named.named.len());
    for field in &named.named {
        let Some(ident) = &field.ident else { continue };
        let options = Options::parse(&field.attrs, scope.place, errors);
        let plain = ident.unraw().to_string();
        let name = match (&options.rename, scope.casing) {
            (Some(name), _) => name.value(),
            (None, Some(casing)) => casing.field(&plain),
            (None, None) => plain,
        };
        let field = Field {
            ident,
            ty: &field.ty,
            options,
            name,
        };
        if scope.implied != field.name && field.role().is_none() && !field.is_part() {
            let span = field
                .options
                .rename
                .as_ref()
                .map_or(ident.span(), syn::LitStr::span);
            names.add(&field.name, span, scope.what, errors);
            if scope.taken.contains(&field.name.as_str()) {
                let owner = if scope.what == "property" {
                    "event"
                } else {
                    "profile"
                };
                errors.push(
                    span,
                    format!(
                        "every {owner} has `{}` already; give the {} another name with `rename`",
                        field.name, scope.what
                    ),
                );
            }
        }
        read.push(field);
    }
    read
}

fn article(what: &str) -> &'static str {
    if what.starts_with('a') { "an" } else { "a" }
}

impl<'a> Field<'a> {
    fn role(&self) -> Option<&'static str> {
        self.options.role()
    }

    fn is_part(&self) -> bool {
        self.options.has("nested") || self.options.has("flatten")
    }

    /// The one field that has a role by its option, or else by its name.
    pub(crate) fn with_role<'f>(
        fields: &'f [Field<'a>],
        role: &'static str,
        by_name: bool,
        errors: &mut Errors,
    ) -> Option<&'f Field<'a>> {
        let mut marked = fields.iter().filter(|f| f.options.has(role));
        let first = marked.next();
        for other in marked {
            let span = other
                .options
                .flag(role)
                .unwrap_or_else(|| other.ident.span());
            errors.push(span, format!("`{role}` stands on two fields; remove one"));
        }
        let named = || {
            fields.iter().find(|f| {
                by_name
                    && f.ident.unraw() == role
                    && f.role().is_none()
                    && f.options.rename.is_none()
            })
        };
        first.or_else(named)
    }

    /// The property that is the subject.
    pub(crate) fn subject<'f>(fields: &'f [Field<'a>], errors: &mut Errors) -> Option<&'f str> {
        Field::with_role(fields, "subject", false, errors).map(|f| f.name.as_str())
    }

    /// Registers the field with `__fields`. `get` reads it: an expression of type `Fn(&T) -> Option<&Ty>`.
    /// Within a nested part the names begin with `__prefix`, and `__present` says whether the part is always there.
    fn register(&self, get: &TokenStream, within: bool) -> TokenStream {
        let Field {
            ty, name, options, ..
        } = self;
        let span = ty.span();
        if self.is_part() {
            let prefix = if options.has("nested") {
                format!("{name}.")
            } else {
                String::new()
            };
            let (prefix, present) = if within {
                (quote!(&__segue::join(__prefix, #prefix)), quote!(__present))
            } else {
                (quote!(#prefix), quote!(true))
            };
            return quote_spanned!(span=> <#ty as __segue::Nested>::describe(__fields, #prefix, #present, #get););
        }
        if options.has("rows") {
            let name = if within {
                quote!(__segue::join(__prefix, #name))
            } else {
                quote!(#name)
            };
            return quote_spanned!(span=> __fields.rows::<#ty>(#name, #get););
        }
        let mut more = TokenStream::new();
        let mut checks = TokenStream::new();
        if let Some((scale, _)) = options.decimal {
            more.extend(quote!(.decimal(#scale)));
            checks.extend(quote_spanned!(span=> __segue::decimal::<#ty>();));
        }
        if options.has("yearly") {
            more.extend(quote!(.yearly()));
            checks.extend(quote_spanned!(span=> __segue::yearly::<#ty>();));
        }
        if options.has("version") {
            more.extend(quote!(.version()));
            checks.extend(quote_spanned!(span=> __segue::version::<#ty>();));
        }
        let name = if within {
            quote!(__segue::join(__prefix, #name))
        } else {
            quote!(#name)
        };
        let present = within.then(|| quote!(.present(__present)));
        quote_spanned!(span=> #checks __fields.field::<#ty>(#name, #get) #more #present;)
    }
}

/// Registers all fields but those in `roles`.
pub(crate) fn register(
    fields: &[Field<'_>],
    roles: &[Option<&Field<'_>>],
    within: bool,
    get: impl Fn(&Ident) -> TokenStream,
) -> TokenStream {
    let is_role =
        |f: &Field<'_>| f.role().is_some() || roles.iter().flatten().any(|r| std::ptr::eq(*r, f));
    fields
        .iter()
        .filter(|f| !is_role(f))
        .map(|f| f.register(&get(f.ident), within))
        .collect()
}

/// The generics of an `impl`: those of the type, and what its fields must be where that depends on a type parameter.
pub(crate) struct Impl {
    generics: Generics,
}

impl Impl {
    pub(crate) fn new(
        input: &DeriveInput,
        bounds: &TokenStream,
        what: &str,
        errors: &mut Errors,
    ) -> Self {
        if let Some(lifetime) = input.generics.lifetimes().next() {
            errors.push(
                lifetime.lifetime.span(),
                format!("{what} owns what it holds, so that it can be kept; use owned types instead of references"),
            );
        }
        let mut generics = input.generics.clone();
        let params: Vec<_> = generics.type_params().map(|p| p.ident.clone()).collect();
        let clause = generics.make_where_clause();
        clause.predicates.extend(
            params
                .iter()
                .map(|p| -> syn::WherePredicate { syn::parse_quote!(#p: #bounds) }),
        );
        Impl { generics }
    }

    /// Asks of a field's type what deriving needs, where a type parameter leaves it open.
    pub(crate) fn require(&mut self, ty: &Type, bound: &TokenStream) {
        let params: Vec<_> = self
            .generics
            .type_params()
            .map(|p| p.ident.clone())
            .collect();
        if !params.is_empty() && mentions(quote!(#ty), &params) {
            self.generics
                .make_where_clause()
                .predicates
                .push(syn::parse_quote!(#ty: #bound));
        }
    }

    pub(crate) fn require_fields(&mut self, fields: &[Field<'_>], roles: &[Option<&Field<'_>>]) {
        for field in fields {
            let bound = match field.role() {
                Some(_) => continue,
                None if roles.iter().flatten().any(|r| std::ptr::eq(*r, field)) => continue,
                None if field.is_part() => quote!(__segue::Nested),
                None if field.options.has("rows") => quote!(__segue::RowStore),
                None => quote!(__segue::FieldValue),
            };
            self.require(field.ty, &bound);
        }
    }

    /// `impl<…> Trait for Type<…> where …`, in a scope of its own in which `__segue` is what derived code names.
    pub(crate) fn emit(
        &self,
        input: &DeriveInput,
        krate: &TokenStream,
        items: &[(TokenStream, TokenStream)],
    ) -> TokenStream {
        let ident = &input.ident;
        let (parameters, _, clause) = self.generics.split_for_impl();
        let (_, arguments, _) = input.generics.split_for_impl();
        let impls = items.iter().map(|(name, body)| {
            quote! {
                #[automatically_derived]
                #[allow(deprecated, unreachable_patterns)]
                impl #parameters #name for #ident #arguments #clause { #body }
            }
        });
        quote! {
            const _: () = {
                use #krate::profile::__private as __segue;
                #(#impls)*
            };
        }
    }
}

fn mentions(tokens: TokenStream, params: &[Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.contains(&ident),
        TokenTree::Group(group) => mentions(group.stream(), params),
        _ => false,
    })
}
