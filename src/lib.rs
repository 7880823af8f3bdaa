//! kei
