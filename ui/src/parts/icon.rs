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
    Picture,
    Copy,
    Bold,
    Italic,
    Strike,
    Code,
    Fence,
    Quote,
    List,
    Numbers,
    Smile,
    Eye,
    Format,
    Close,
    More,
    BellOff,
    Lock,
    Gear,
    Pin,
    Check,
    Chevron,
    PersonAdd,
    Link,
    Archive,
    Reply,
    Back,
    Forward,
    Clip,
    Folder,
}

#[cfg(feature = "gallery")]
impl Icon {
    /// All of them, for the gallery.
    pub(crate) const ALL: &[Self] = &[
        Self::Plus,
        Self::Search,
        Self::Menu,
        Self::People,
        Self::Pencil,
        Self::Bin,
        Self::Clock,
        Self::Alert,
        Self::Send,
        Self::Down,
        Self::Leave,
        Self::Bubble,
        Self::Picture,
        Self::Copy,
        Self::Bold,
        Self::Italic,
        Self::Strike,
        Self::Code,
        Self::Fence,
        Self::Quote,
        Self::List,
        Self::Numbers,
        Self::Smile,
        Self::Eye,
        Self::Format,
        Self::Close,
        Self::More,
        Self::BellOff,
        Self::Lock,
        Self::Gear,
        Self::Pin,
        Self::Check,
        Self::Chevron,
        Self::PersonAdd,
        Self::Link,
        Self::Archive,
        Self::Reply,
        Self::Back,
        Self::Forward,
        Self::Clip,
        Self::Folder,
    ];
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
        Icon::Reply => {
            "M6.500 3.500 2.500 7.500l4 4M2.500 7.500h6.500a4.500 4.500 0 0 1 4.500 4.500v1"
        }
        Icon::Back => "M10 3 5 8l5 5",
        Icon::Forward => "M6 3l5 5-5 5",
        Icon::Picture => "M2 3h12v10H2zM2 11l3.500-3.500 3 3L11 8l3 3M10.500 6.200v.2",
        Icon::Copy => "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
        Icon::Bold => {
            "M4.500 2.500h4a2.600 2.600 0 0 1 0 5.300h-4zM4.500 7.800h4.700a2.800 2.800 0 0 1 0 5.700H4.500z"
        }
        Icon::Italic => "M6.500 2.500h5M4.500 13.500h5M9.300 2.500l-2.600 11",
        Icon::Strike => {
            "M2.500 8h11M11.500 4.500C11 3.200 9.700 2.500 8 2.500c-2 0-3.500 1-3.500 2.700M4.500 11c.4 1.600 1.800 2.500 3.600 2.500 2 0 3.500-1 3.500-2.800"
        }
        Icon::Code => "M5.500 4.500 2 8l3.500 3.500M10.500 4.500 14 8l-3.500 3.500",
        Icon::Fence => "M2 2.500h12v11H2zM5 6l2 2-2 2M8.500 10.500H11",
        Icon::Quote => "M3 3v10M6.500 5h7M6.500 8h7M6.500 11h4",
        Icon::List => "M6 4h8M6 8h8M6 12h8M2.500 4v.1M2.500 8v.1M2.500 12v.1",
        Icon::Numbers => "M7 4h7M7 8h7M7 12h7M2 3l1-.5v3.500M2 9.500h2L2 12.500h2.200",
        Icon::Smile => {
            "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.500 9.300c.6 1 1.500 1.500 2.500 1.500s1.900-.5 2.500-1.500M6 6.200v.2M10 6.200v.2"
        }
        Icon::Eye => {
            "M1.500 8C3 5.200 5.300 3.800 8 3.800S13 5.200 14.500 8C13 10.800 10.700 12.200 8 12.200S3 10.800 1.500 8zM8 9.800a1.800 1.800 0 1 0 0-3.600 1.800 1.800 0 0 0 0 3.600z"
        }
        Icon::Format => "M3 3h10M8 3v7M5 13.500h6",
        Icon::Bubble => "M2 3h12v8H7l-3.500 3v-3H2z",
        Icon::Close => "M4 4l8 8M12 4l-8 8",
        Icon::More => "M3.500 8h.01M8 8h.01M12.500 8h.01",
        Icon::BellOff => {
            "M4 11V7c0-.8.2-1.500.6-2.100M6.300 3.400A4 4 0 0 1 12 7v3M10 12.500H2.800L4 11M6.700 12.500a1.400 1.400 0 0 0 2.600 0M2 2l12 12"
        }
        Icon::Lock => "M3.500 7.500h9v6h-9zM5.500 7.500V5a2.500 2.500 0 0 1 5 0v2.500",
        Icon::Gear => {
            "M8 10.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM8 1.800v2M8 12.200v2M1.800 8h2M12.200 8h2M3.600 3.600l1.400 1.400M11 11l1.400 1.400M3.600 12.400 5 11M11 5l1.400-1.400"
        }
        Icon::Pin => "M5.500 2h5l-.6 4.500 2.100 2.500h-8l2.100-2.500zM8 9v5",
        Icon::Check => "M3 8.500 6.500 12 13 4.500",
        Icon::Chevron => "M6 4l4 4-4 4",
        Icon::PersonAdd => {
            "M6.500 7.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM2 13.500c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M12.500 4v4M10.500 6h4"
        }
        Icon::Link => {
            "M6.800 9.200a2.500 2.500 0 0 0 3.500 0l2.200-2.200a2.500 2.500 0 0 0-3.500-3.500l-.8.8M9.200 6.800a2.500 2.500 0 0 0-3.500 0L3.500 9a2.500 2.500 0 0 0 3.500 3.500l.8-.8"
        }
        Icon::Clip => {
            "M11.500 5.500 6.500 10.500a1.400 1.400 0 0 1-2-2l5.500-5.500a2.500 2.500 0 0 1 3.500 3.500l-6 6a3.600 3.600 0 0 1-5-5L7 3"
        }
        Icon::Folder => "M2 4h4.500l1.500 2h6v7H2z",
        Icon::Archive => "M2 3h12v3H2zM3 6v7h10V6M6.500 8.800h3",
    };
    html! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d={path} /></svg>
    }
}
