/// @file
/// Writes JSON texts from C++ values: what the generated types are sent with.
#ifndef KEI_AGENT_JSON_WRITER_HPP
#define KEI_AGENT_JSON_WRITER_HPP

#include <kei_agent/json.hpp>

#include <charconv>
#include <chrono>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kei::json {

/// Appends JSON to a text. What can be written is what has a function `write(Writer&, const T&)`, found by argument-dependent look-up.
class Writer {
public:
    /// A text with nothing in it.
    Writer() = default;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    /// It may have held a secret.
    ~Writer() { detail::wipe(text_); }

    /// The text so far; the writer is empty afterwards.
    std::string take() { return std::exchange(text_, {}); }

    /// Begins an object.
    void begin_object() { open('{'); }
    /// Ends it.
    void end_object() { close('}'); }
    /// Begins an array.
    void begin_array() { open('['); }
    /// Ends it.
    void end_array() { close(']'); }
    /// The name of the next value in an object.
    void key(std::string_view name)
    {
        separate();
        quoted(name);
        text_ += ':';
        first_ = true;
    }
    /// A value that is JSON already, or a number or word as it is to stand there.
    void raw(std::string_view json)
    {
        separate();
        text_ += json;
    }
    /// A string.
    void string(std::string_view value)
    {
        separate();
        quoted(value);
    }
    /// A field of an object.
    template <class T>
    void field(std::string_view name, const T& value)
    {
        key(name);
        write(*this, value);
    }
    /// A field of an object, unless it is absent.
    template <class T>
    void field(std::string_view name, const std::optional<T>& value)
    {
        if (value)
            field(name, *value);
    }

private:
    void open(char bracket)
    {
        separate();
        text_ += bracket;
        first_ = true;
    }
    void close(char bracket)
    {
        text_ += bracket;
        first_ = false;
    }
    void separate()
    {
        if (!first_)
            text_ += ',';
        first_ = false;
    }
    void quoted(std::string_view value)
    {
        text_ += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') {
                text_ += '\\';
                text_ += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                constexpr char digits[] = "0123456789abcdef";
                text_ += "\\u00";
                text_ += digits[c >> 4];
                text_ += digits[c & 15];
            } else {
                text_ += c;
            }
        }
        text_ += '"';
    }

    std::string text_;
    bool first_ = true;
};

/// Writes a string.
inline void write(Writer& to, std::string_view value) { to.string(value); }
/// Writes a string.
inline void write(Writer& to, const std::string& value) { to.string(value); }
/// Writes a secret.
inline void write(Writer& to, const Secret& value) { to.string(value.expose()); }
/// Writes any JSON.
inline void write(Writer& to, const Json& value) { to.raw(value.view()); }
/// Writes a boolean or a whole number.
template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
void write(Writer& to, const T& value)
{
    if constexpr (std::is_same_v<T, bool>) {
        to.raw(value ? "true" : "false");
    } else {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        to.raw({digits, static_cast<std::size_t>(end - digits)});
    }
}
/// Writes a number; JSON has none that is not finite, so that such a one is `null`, which the library refuses where a number is needed.
inline void write(Writer& to, double value)
{
    if (!std::isfinite(value))
        return to.raw("null");
    char digits[40];
#if defined(__cpp_lib_to_chars)
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    to.raw({digits, static_cast<std::size_t>(end - digits)});
#else
    const int length = std::snprintf(digits, sizeof digits, "%.17g", value);
    for (char* c = digits; *c != '\0'; ++c)
        if (*c == *std::localeconv()->decimal_point)
            *c = '.';
    to.raw({digits, static_cast<std::size_t>(length)});
#endif
}
/// Writes a time span as a whole number of its unit.
template <class Rep, class Period>
void write(Writer& to, const std::chrono::duration<Rep, Period>& value)
{
    write(to, value.count());
}
/// Writes an array.
template <class T>
void write(Writer& to, const std::vector<T>& values);
/// Writes an object of any names.
template <class T>
void write(Writer& to, const std::map<std::string, T>& values)
{
    to.begin_object();
    for (const auto& [name, value] : values)
        to.field(name, value);
    to.end_object();
}
template <class T>
void write(Writer& to, const std::vector<T>& values)
{
    to.begin_array();
    for (const T& value : values)
        write(to, value);
    to.end_array();
}

/// The JSON text of a value.
template <class T>
std::string encode(const T& value)
{
    Writer writer;
    write(writer, value);
    return writer.take();
}

} // namespace kei::json

#endif
