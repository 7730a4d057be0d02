//! Imports and exports.

use super::{Nothing, call};
use model::view::{
    ExchangeFormat, ExchangeView, ExportRequest, Failure, ImportChoices, ImportPreview,
};
use serde::Serialize;

/// Imports and exports, newest first.
pub(crate) async fn exchanges() -> Result<Vec<ExchangeView>, Failure> {
    call("exchanges", &Nothing {}).await
}

/// Begins to read a file.
pub(crate) async fn import_open(path: &str) -> Result<i64, Failure> {
    #[derive(Serialize)]
    struct Arguments<'a> {
        path: &'a str,
    }
    call("import_open", &Arguments { path }).await
}

/// What is in a file that is read, and what would become of it.
pub(crate) async fn import_preview(id: i64) -> Result<ImportPreview, Failure> {
    call("import_preview", &OfExchange { id }).await
}

/// Begins to import what is chosen.
pub(crate) async fn import_start(id: i64, choices: ImportChoices) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Arguments {
        id: i64,
        choices: ImportChoices,
    }
    call("import_start", &Arguments { id, choices }).await
}

/// Begins to export.
pub(crate) async fn export_start(request: ExportRequest) -> Result<i64, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        request: ExportRequest,
    }
    call("export_start", &Arguments { request }).await
}

/// Stops one; it can go on.
pub(crate) async fn exchange_pause(id: i64) -> Result<(), Failure> {
    call("exchange_pause", &OfExchange { id }).await
}

/// Goes on with one.
pub(crate) async fn exchange_resume(id: i64) -> Result<(), Failure> {
    call("exchange_resume", &OfExchange { id }).await
}

/// Forgets one.
pub(crate) async fn exchange_remove(id: i64) -> Result<(), Failure> {
    call("exchange_remove", &OfExchange { id }).await
}

/// Lets the person choose what to import: a file, or a folder; none: they chose nothing.
pub(crate) async fn pick_import(folder: bool) -> Result<Option<String>, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        folder: bool,
    }
    call("pick_import", &Arguments { folder }).await
}

/// Lets the person choose where to export to.
pub(crate) async fn pick_export(format: ExchangeFormat) -> Result<Option<String>, Failure> {
    #[derive(Serialize)]
    struct Arguments {
        format: ExchangeFormat,
    }
    call("pick_export", &Arguments { format }).await
}

#[derive(Serialize)]
struct OfExchange {
    id: i64,
}
