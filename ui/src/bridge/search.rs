//! Searching what is here.

use super::call;
use model::search::Filter;
use model::view::{Failure, SearchPage, SearchRequest};
use serde::Serialize;

/// A page of what is to be found. A later search has a higher number.
pub(crate) async fn search(number: u64, request: SearchRequest) -> Result<SearchPage, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        number: u64,
        request: SearchRequest,
    }
    call("search", &Arguments { number, request }).await
}

/// Nobody waits for the searches up to this number any more; those that still run fail with the code `given_up`.
pub(crate) async fn give_up_searches(up_to: u64) -> Result<(), Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Arguments {
        up_to: u64,
    }
    call("give_up_searches", &Arguments { up_to }).await
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
