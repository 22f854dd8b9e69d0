//! `#[derive(Event)]`.

use crate::attributes::{
    EVENT, EVENTS, Errors, KIND, Names, Options, PROPERTY, Place, SHARED_PROPERTY, valid_name,
};
use crate::casing::Casing;
use crate::fields::{Field, Impl, Scope, read, register};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Fields, Ident};

/// The properties that every event has.
const PARTS: &[&str] = &[
    "at",
    "date",
    "week",
    "month",
    "quarter",
    "year",
    "month_of_year",
    "day_of_month",
    "weekday",
    "hour",
];

pub(crate) fn event(input: &DeriveInput) -> syn::Result<TokenStream> {
    match &input.data {
        Data::Enum(data) => kinds(input, data),
        Data::Struct(data) => shared(input, &data.fields),
        Data::Union(_) => Err(syn::Error::new(
            input.ident.span(),
            "an event is an enum, each variant a kind, or a struct with named fields",
        )),
    }
}

fn scope(place: &Place, casing: Option<Casing>) -> Scope<'_> {
    Scope {
        place,
        casing,
        what: "property",
        taken: PARTS,
        implied: "at",
    }
}

fn bounds() -> TokenStream {
    quote!(__segue::Send + __segue::Sync + 'static)
}

fn needs_at(span: Span, errors: &mut Errors) {
    errors.push(span, "an event needs to say when it happened; name a field `at`, or mark one with `#[segue(at)]`");
}

/// An enum: each variant is a kind.
fn kinds(input: &DeriveInput, data: &DataEnum) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &EVENTS, &mut errors);
    let mut implementation = Impl::new(input, &bounds(), "an event", &mut errors);
    if data.variants.is_empty() {
        errors.push(
            input.ident.span(),
            "an enum of events needs a variant for each kind; a profile without events needs no event type",
        );
    }
    let mut names = Names::default();
    let (mut kind, mut at, mut id, mut describe) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, variant) in data.variants.iter().enumerate() {
        let ident = &variant.ident;
        let said = Options::parse(&variant.attrs, &KIND, &mut errors);
        let plain = ident.unraw().to_string();
        let name = said.rename.as_ref().map_or_else(
            || options.rename_all.unwrap_or(Casing::Snake).variant(&plain),
            syn::LitStr::value,
        );
        names.add(
            &name,
            said.rename.as_ref().map_or(ident.span(), syn::LitStr::span),
            "event kind",
            &mut errors,
        );
        if !matches!(variant.fields, Fields::Named(_)) {
            errors.push(
                ident.span(),
                "a kind of events needs named fields: when it happened (`at`), and its properties",
            );
            continue;
        }
        let fields = read(
            &variant.fields,
            ident.span(),
            &scope(&PROPERTY, said.rename_all),
            &mut errors,
        );
        let at_field = Field::with_role(&fields, "at", true, &mut errors);
        let id_field = Field::with_role(&fields, "id", false, &mut errors);
        let subject = Field::subject(&fields, &mut errors).map(|s| quote!(.subject(#s)));
        let Some(at_field) = at_field else {
            needs_at(ident.span(), &mut errors);
            continue;
        };
        let roles = [Some(at_field)];
        implementation.require_fields(&fields, &roles);
        kind.push(quote!(Self::#ident { .. } => #index));
        at.push(role_of(
            &mut implementation,
            ident,
            at_field,
            "AtValue",
            "instant",
        ));
        id.push(match id_field {
            Some(field) => role_of(
                &mut implementation,
                ident,
                field,
                "EventIdValue",
                "event_id",
            ),
            None => quote!(Self::#ident { .. } => __segue::None),
        });
        let fields = register(&fields, &roles, false, |field| {
            quote! {
                |__of: &Self| match __of {
                    Self::#ident { #field: __value, .. } => __segue::Some(__value),
                    _ => __segue::None,
                }
            }
        });
        describe.push(quote!(__kinds.kind(#name).fields(|__fields: &mut __segue::Fields<Self>| { #fields }) #subject;));
    }
    errors.finish()?;
    let body = body(
        &quote!(match self { #(#kind,)* }),
        &quote!(match self { #(#at,)* }),
        &quote!(match self { #(#id,)* }),
        &quote!(#(#describe)*),
    );
    Ok(implementation.emit(input, &options.krate(), &[(quote!(__segue::Event), body)]))
}

/// The arm of a variant that reads one of its fields.
fn role_of(
    implementation: &mut Impl,
    variant: &Ident,
    field: &Field<'_>,
    of: &str,
    method: &str,
) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    let (of, method) = (
        Ident::new(of, Span::call_site()),
        Ident::new(method, Span::call_site()),
    );
    implementation.require(ty, &quote!(__segue::#of));
    let read = quote_spanned!(ty.span()=> <#ty as __segue::#of>::#method(__value));
    quote!(Self::#variant { #ident: __value, .. } => #read)
}

/// A struct: one kind, or, with a field that says which, several that share their properties.
fn shared(input: &DeriveInput, fields: &Fields) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(&input.attrs, &EVENT, &mut errors);
    let mut implementation = Impl::new(input, &bounds(), "an event", &mut errors);
    let named = matches!(fields, Fields::Named(_));
    let fields = read(
        fields,
        input.ident.span(),
        &scope(&SHARED_PROPERTY, options.rename_all),
        &mut errors,
    );
    let kind = Field::with_role(&fields, "kind", false, &mut errors);
    let id = Field::with_role(&fields, "id", false, &mut errors);
    let subject = Field::subject(&fields, &mut errors).map(|s| quote!(.subject(#s)));
    let name = options.rename.as_ref().map_or_else(
        || Casing::Snake.variant(&input.ident.unraw().to_string()),
        syn::LitStr::value,
    );
    match (&options.rename, kind) {
        (Some(rename), Some(_)) => errors.push(
            rename.span(),
            "the field marked `kind` says what the kinds are called; remove `rename`",
        ),
        _ => {
            if let Err(m) = valid_name(&name) {
                errors.push(input.ident.span(), m);
            }
        }
    }
    let at = Field::with_role(&fields, "at", true, &mut errors);
    if at.is_none() && named {
        needs_at(input.ident.span(), &mut errors);
    }
    errors.finish()?;
    let Some(at) = at else {
        return Ok(TokenStream::new());
    };

    let roles = [Some(at)];
    implementation.require_fields(&fields, &roles);
    let mut read_role = |field: &Field<'_>, of: &str, method: &str| {
        let (ident, ty) = (field.ident, field.ty);
        let (of, method) = (
            Ident::new(of, Span::call_site()),
            Ident::new(method, Span::call_site()),
        );
        implementation.require(ty, &quote!(__segue::#of));
        quote_spanned!(ty.span()=> <#ty as __segue::#of>::#method(&self.#ident))
    };
    let index = kind.map_or_else(|| quote!(0), |k| read_role(k, "Enumeration", "index"));
    let when = read_role(at, "AtValue", "instant");
    let id = id.map_or_else(
        || quote!(__segue::None),
        |i| read_role(i, "EventIdValue", "event_id"),
    );
    let properties = register(
        &fields,
        &roles,
        false,
        |ident| quote!(|__of: &Self| __segue::Some(&__of.#ident)),
    );
    let add = |name: TokenStream| quote!(__kinds.kind(#name).fields(|__fields: &mut __segue::Fields<Self>| { #properties }) #subject;);
    let describe = match kind {
        None => add(quote!(#name)),
        Some(Field { ty, .. }) => {
            let add = add(quote!(*__name));
            quote_spanned!(ty.span()=> for __name in <#ty as __segue::Enumeration>::NAMES { #add })
        }
    };
    let body = body(&index, &when, &id, &describe);
    Ok(implementation.emit(input, &options.krate(), &[(quote!(__segue::Event), body)]))
}

fn body(
    kind: &TokenStream,
    at: &TokenStream,
    id: &TokenStream,
    describe: &TokenStream,
) -> TokenStream {
    quote! {
        #[inline]
        fn kind(&self) -> usize {
            #kind
        }

        #[inline]
        fn at(&self) -> __segue::Instant {
            #at
        }

        fn id(&self) -> __segue::Option<&str> {
            #id
        }

        fn describe(__kinds: &mut __segue::EventKinds<Self>) {
            #describe
        }
    }
}
