//! Searching what is here.

use super::call;
use model::search::Filter;
use model::view::{Failure, SearchPage, SearchRequest};
use serde::Serialize;

/// A page of what is to be found.
pub(crate) async fn search(request: SearchRequest) -> Result<SearchPage, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        request: SearchRequest,
    }
    call("search", &Arguments { request }).await
}

/// The names that a filter could be given, from what is typed of one.
pub(crate) async fn search_names(filter: Filter, typed: String) -> Result<Vec<String>, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        filter: Filter,
        typed: String,
    }
    call("search_names", &Arguments { filter, typed }).await
}
