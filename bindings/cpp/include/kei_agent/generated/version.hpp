/// @file
/// The version that these headers belong to.
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef KEI_AGENT_GENERATED_VERSION_HPP
#define KEI_AGENT_GENERATED_VERSION_HPP

#include <kei_agent.h>

/// The version of these headers.
#define KEI_AGENT_CPP_VERSION "0.1.0"

#endif
