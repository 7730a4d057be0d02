//! The pictures on buttons: strokes in the colour of the text around them. Each stands beside a label.

use yew::{Html, html};

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Plus,
    Search,
    Menu,
    People,
    Pencil,
    Bin,
    Clock,
    Alert,
    Send,
    Down,
    Leave,
    Bubble,
}

/// Draws it.
pub(crate) fn icon(icon: Icon) -> Html {
    let path = match icon {
        Icon::Plus => "M8 3v10M3 8h10",
        Icon::Search => "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6 14 14",
        Icon::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
        Icon::People => {
            "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.7 2.8a2.5 2.5 0 0 1 0 4.4M12.3 9.9c1.4.6 2.2 1.900 2.200 3.600"
        }
        Icon::Pencil => "M11.300 2.200 13.800 4.700 5.500 13H3v-2.500zM9.500 4l2.500 2.500",
        Icon::Bin => {
            "M2.500 4h11M6 4V2.500h4V4M4 4l.6 9.500h6.800L12 4M6.700 6.800v4M9.300 6.800v4"
        }
        Icon::Clock => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.800V8l2.200 1.600",
        Icon::Alert => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.600M8 10.900v.2",
        Icon::Send => "M2.500 8 13.500 2.800 10.500 13.500 7.800 9zM7.800 9l5.700-6.200",
        Icon::Down => "M8 3v10M4 9l4 4 4-4",
        Icon::Leave => "M6 2.500H3v11h3M10.500 5 13.500 8l-3 3M13.500 8H6.500",
        Icon::Bubble => "M2 3h12v8H7l-3.500 3v-3H2z",
    };
    html! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d={path} /></svg>
    }
}
