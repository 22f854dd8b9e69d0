//! Fields as attributes and properties, and how each is registered.

use crate::attributes::{Computed, Errors, Names, Options, Place};
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
    /// Whether the names are those of serde.
    pub(crate) serde: bool,
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
        let options = Options::parse_with(&field.attrs, scope.place, scope.serde, errors);
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
            for name in field.names() {
                names.add(&name, span, scope.what, errors);
            }
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
        let flatten = self.options.has("flatten") && self.options.keys.is_none();
        self.options.has("nested") || flatten
    }

    /// The names of its attributes or properties.
    fn names(&self) -> Vec<String> {
        let Some((keys, _)) = &self.options.keys else {
            return vec![self.name.clone()];
        };
        let of_key = |key: &syn::LitStr| {
            if self.options.has("flatten") {
                key.value()
            } else {
                format!("{}.{}", self.name, key.value())
            }
        };
        keys.iter().map(of_key).collect()
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
                let is_named = f.ident.unraw() == role && f.options.rename.is_none();
                by_name && f.role().is_none() && (is_named || f.name == role)
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
            let name = name_within(name, within);
            return quote_spanned!(span=> __fields.rows::<#ty>(#name, #get););
        }
        let mut more = TokenStream::new();
        let mut checks = TokenStream::new();
        let mut says = |method: TokenStream, check: &str| {
            more.extend(method);
            // What a function returns, and what stands in a map, is only known by its type.
            if options.get.is_none() && options.keys.is_none() {
                let check = Ident::new(check, Span::call_site());
                checks.extend(quote_spanned!(span=> __segue::#check::<#ty>();));
            }
        };
        if let Some((scale, _)) = options.decimal {
            says(quote!(.decimal(#scale)), "decimal");
        }
        if options.has("yearly") {
            says(quote!(.yearly()), "yearly");
        }
        if options.has("version") {
            says(quote!(.version()), "version");
        }
        more.extend(options.words.calls());
        let present = within.then(|| quote!(.present(__present)));
        if let Some((keys, _)) = &options.keys {
            let fields = keys.iter().zip(self.names()).map(|(key, name)| {
                let name = name_within(&name, within);
                quote_spanned!(span=> __fields.by_name::<#ty>(#name, #key, #get) #more;)
            });
            return fields.collect();
        }
        let name = name_within(name, within);
        match &options.get {
            None => {
                quote_spanned!(span=> #checks __fields.part::<#ty>(#name, #get) #more #present;)
            }
            Some(function) => {
                let span = function.span();
                let method = match in_angle_brackets(ty, "Option") {
                    Some(of) => quote_spanned!(span=> computed_option::<#of, _>),
                    None => quote_spanned!(span=> computed_part::<#ty, _>),
                };
                quote_spanned!(span=> __fields.#method(#name, #get, #function) #more #present;)
            }
        }
    }
}

fn name_within(name: &str, within: bool) -> TokenStream {
    if within {
        quote!(__segue::join(__prefix, #name))
    } else {
        quote!(#name)
    }
}

/// The type in the angle brackets of `Option<…>` or `Box<…>`.
pub(crate) fn in_angle_brackets<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|s| s.ident == name)?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(types) => match types.args.first()? {
            syn::GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Registers values that functions compute of the whole. `get` reads it: an expression of type `Fn(&T) -> Option<&Self>`.
pub(crate) fn register_computed(
    computed: &[Computed],
    within: bool,
    get: &TokenStream,
) -> TokenStream {
    let each = computed.iter().filter_map(|computed| {
        let (Some(name), Some(function)) = (&computed.name, &computed.get) else {
            return None;
        };
        let name = name_within(&name.value(), within);
        let decimal = computed.decimal.map(|scale| quote!(.decimal(#scale)));
        let yearly = computed.yearly.then(|| quote!(.yearly()));
        let version = computed.version.then(|| quote!(.version()));
        let words = computed.words.calls();
        let present = within.then(|| quote!(.present(__present)));
        Some(
            quote!(__fields.computed_part::<Self, _>(#name, #get, #function) #decimal #yearly #version #words #present;),
        )
    });
    each.collect()
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
                None if field.options.keys.is_some() => quote!(__segue::ValuesByName),
                None if field.options.get.is_some() => quote!('static),
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
        self.emit_with(input, krate, items, &TokenStream::new())
    }

    /// The same, with further items in that scope.
    pub(crate) fn emit_with(
        &self,
        input: &DeriveInput,
        krate: &TokenStream,
        items: &[(TokenStream, TokenStream)],
        more: &TokenStream,
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
                #more
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
