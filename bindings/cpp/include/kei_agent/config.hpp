/// @file
/// What the compiler and its library offer, as macros that are 0 or 1. Each may be set to 0 by the user before the first header is included.
#ifndef KEI_AGENT_CONFIG_HPP
#define KEI_AGENT_CONFIG_HPP

#if !(__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#error "kei_agent needs C++17 or newer"
#endif

#if __has_include(<version>)
#include <version>
#endif

/// 1 when exceptions are on: `Result::value` throws then, and `kei::throwing` is there.
#ifndef KEI_AGENT_EXCEPTIONS
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define KEI_AGENT_EXCEPTIONS 1
#else
#define KEI_AGENT_EXCEPTIONS 0
#endif
#endif

/// 1 when coroutines are there (C++20): `Client::async` can be awaited.
#ifndef KEI_AGENT_COROUTINES
#if defined(__cpp_impl_coroutine) && defined(__cpp_lib_coroutine)
#define KEI_AGENT_COROUTINES 1
#else
#define KEI_AGENT_COROUTINES 0
#endif
#endif

/// 1 when `std::stop_token` is there (C++20): calls can be cancelled by one.
#ifndef KEI_AGENT_STOP_TOKEN
#if defined(__cpp_lib_jthread)
#define KEI_AGENT_STOP_TOKEN 1
#else
#define KEI_AGENT_STOP_TOKEN 0
#endif
#endif

/// 1 when `std::expected` is there (C++23): a `Result` turns into one.
#ifndef KEI_AGENT_STD_EXPECTED
#if defined(__cpp_lib_expected)
#define KEI_AGENT_STD_EXPECTED 1
#else
#define KEI_AGENT_STD_EXPECTED 0
#endif
#endif

#endif
