/// @file
/// Reads JSON texts straight into C++ values, without a tree: what the generated types are filled by. Longer than most headers: the whole grammar stands
/// in one place.
#ifndef KEI_AGENT_JSON_READER_HPP
#define KEI_AGENT_JSON_READER_HPP

#include <kei_agent/json.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <locale>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace kei::json {

/// Goes through a JSON text once, from its beginning to its end. The first thing that does not fit is kept as `problem()`; nothing is read after it.
///
/// What can be read is what has a function `read(Reader&, T&)`, found by argument-dependent look-up.
class Reader {
public:
    /// Reads this text, which must outlive the reader.
    explicit Reader(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Whether everything so far was as it should be.
    bool ok() const noexcept { return !failed_; }
    /// What is wrong, with the place: "steps[2].action should be a string".
    std::string problem() const { return (place_.empty() ? "the value" : place_) + " " + problem_; }

    /// Ends the reading with a problem: "should be a string".
    void fail(std::string problem)
    {
        if (failed_)
            return;
        failed_ = true;
        problem_ = std::move(problem);
    }

    /// Ends the reading with the problem of another reader, which read a part of this text.
    void fail_as(const Reader& other)
    {
        fail(other.problem_);
        place_ = other.place_;
    }

    /// Reads an object; `field(name)` is called for each of its names, and must read or skip the value.
    template <class Field>
    void object(Field&& field)
    {
        if (!take('{'))
            return fail("should be an object");
        if (take('}'))
            return;
        std::string name;
        do {
            name.clear();
            if (!string(name) || !take(':'))
                return fail("is not valid JSON");
            field(std::string_view(name));
            if (failed_)
                return within(name);
        } while (take(','));
        if (!take('}'))
            fail("is not valid JSON");
    }

    /// Reads an array; `element()` is called for each of its values, and must read or skip it.
    template <class Element>
    void array(Element&& element)
    {
        if (!take('['))
            return fail("should be an array");
        if (take(']'))
            return;
        std::size_t index = 0;
        do {
            element();
            if (failed_)
                return within("[" + std::to_string(index) + "]");
            ++index;
        } while (take(','));
        if (!take(']'))
            fail("is not valid JSON");
    }

    /// Takes a `null`, if that is what comes next.
    bool null() { return word("null"); }

    /// Reads a string and appends it. False, and no problem is noted, when something else comes next.
    bool string(std::string& to)
    {
        if (!take('"'))
            return false;
        while (at_ != end_ && *at_ != '"') {
            const char* plain = at_;
            while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20)
                ++at_;
            to.append(plain, at_);
            if (at_ == end_ || *at_ == '"')
                break;
            if (*at_ != '\\' || !escape(to))
                return false;
        }
        return at_ != end_ && *at_++ == '"';
    }

    /// The text of the next value, whatever it is.
    std::string_view raw()
    {
        space();
        const char* begin = at_;
        if (!skip_value())
            fail("is not valid JSON");
        return {begin, static_cast<std::size_t>(at_ - begin)};
    }
    /// Goes past the next value.
    void skip() { raw(); }

    /// Takes `true` or `false`; neither gives nothing.
    std::optional<bool> boolean()
    {
        if (word("true"))
            return true;
        if (word("false"))
            return false;
        return std::nullopt;
    }
    /// The text of the next value if it may be a number, else an empty one.
    std::string_view number()
    {
        space();
        const char* begin = at_;
        while (at_ != end_ && (is_digit(*at_) || *at_ == '-' || *at_ == '+' || *at_ == '.' || *at_ == 'e' || *at_ == 'E'))
            ++at_;
        return {begin, static_cast<std::size_t>(at_ - begin)};
    }
    /// Notes a problem unless a field that must be there was found.
    void need(bool found, std::string_view name)
    {
        if (!found)
            fail("should have the field `" + std::string(name) + "`");
    }
    /// Checks that nothing but space is left.
    void finish()
    {
        space();
        if (at_ != end_)
            fail("is not valid JSON");
    }

private:
    /// The problem is in this part of what is read.
    void within(const std::string& part)
    {
        const bool dotted = !place_.empty() && place_.front() != '[';
        place_.insert(0, dotted ? part + "." : part);
    }
    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
    void space() noexcept
    {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r'))
            ++at_;
    }
    bool take(char c) noexcept
    {
        space();
        if (failed_ || at_ == end_ || *at_ != c)
            return false;
        ++at_;
        return true;
    }
    bool word(std::string_view expected) noexcept
    {
        space();
        if (static_cast<std::size_t>(end_ - at_) < expected.size() || std::string_view(at_, expected.size()) != expected)
            return false;
        at_ += expected.size();
        return true;
    }
    std::optional<std::uint32_t> hex() noexcept
    {
        std::uint32_t value = 0;
        if (end_ - at_ < 4 || std::from_chars(at_, at_ + 4, value, 16).ptr != at_ + 4)
            return std::nullopt;
        at_ += 4;
        return value;
    }
    bool escape(std::string& to)
    {
        if (++at_ == end_)
            return false;
        constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
        const char name = *at_++;
        if (const auto found = names.find(name); found != std::string_view::npos) {
            to += values[found];
            return true;
        }
        auto unit = name == 'u' ? hex() : std::nullopt;
        if (!unit)
            return false;
        if (*unit >= 0xD800 && *unit < 0xDC00) {
            if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u')
                return false;
            at_ += 2;
            const auto low = hex();
            if (!low || *low < 0xDC00 || *low > 0xDFFF)
                return false;
            unit = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
        } else if (*unit >= 0xDC00 && *unit <= 0xDFFF) {
            return false;
        }
        utf8(to, *unit);
        return true;
    }
    static void utf8(std::string& to, std::uint32_t point)
    {
        const auto byte = [&to](std::uint32_t value) { to += static_cast<char>(static_cast<unsigned char>(value)); };
        if (point < 0x80)
            return byte(point);
        if (point < 0x800) {
            byte(0xC0 | point >> 6);
        } else {
            if (point < 0x10000) {
                byte(0xE0 | point >> 12);
            } else {
                byte(0xF0 | point >> 18);
                byte(0x80 | (point >> 12 & 0x3F));
            }
            byte(0x80 | (point >> 6 & 0x3F));
        }
        byte(0x80 | (point & 0x3F));
    }
    /// Past one value, however deep, without recursion. It finds the value's end; what is within was checked by the library.
    bool skip_value()
    {
        std::size_t depth = 0;
        do {
            space();
            if (at_ == end_)
                return false;
            const char c = *at_;
            if (c == '"') {
                if (!skip_string())
                    return false;
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                if (depth == 0)
                    return false;
                --depth;
                ++at_;
            } else if (depth > 0 && (c == ',' || c == ':')) {
                ++at_;
            } else if (!word("true") && !word("false") && !word("null") && number().empty()) {
                return false;
            }
        } while (depth > 0);
        return true;
    }
    bool skip_string()
    {
        for (++at_; at_ != end_; ++at_) {
            if (*at_ == '"') {
                ++at_;
                return true;
            }
            if (*at_ == '\\' && ++at_ == end_)
                return false;
        }
        return false;
    }

    const char* at_;
    const char* end_;
    bool failed_ = false;
    std::string problem_;
    std::string place_;
};

/// Reads a string.
inline void read(Reader& from, std::string& to)
{
    to.clear();
    if (!from.string(to))
        from.fail("should be a string");
}
/// Reads any JSON.
inline void read(Reader& from, Json& to) { to = Json(from.raw()); }
/// Reads a boolean or a whole number.
template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
void read(Reader& from, T& to)
{
    if constexpr (std::is_same_v<T, bool>) {
        const auto value = from.boolean();
        if (!value)
            return from.fail("should be true or false");
        to = *value;
    } else {
        const std::string_view text = from.number();
        const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), to);
        if (text.empty() || wrong != std::errc() || end != text.data() + text.size())
            from.fail("should be a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " + std::to_string(std::numeric_limits<T>::max()));
    }
}
/// Reads a number.
inline void read(Reader& from, double& to)
{
    const std::string_view text = from.number();
#if defined(__cpp_lib_to_chars)
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), to);
    const bool good = wrong == std::errc() && end == text.data() + text.size();
#else
    std::istringstream stream{std::string(text)};
    stream.imbue(std::locale::classic());
    const bool good = bool(stream >> to) && stream.peek() == std::istringstream::traits_type::eof();
#endif
    if (text.empty() || !good)
        from.fail("should be a number");
}
/// Reads a time span from a whole number of its unit.
template <class Rep, class Period>
void read(Reader& from, std::chrono::duration<Rep, Period>& to)
{
    Rep count{};
    read(from, count);
    to = std::chrono::duration<Rep, Period>(count);
}
/// Reads what may be absent; `null` is the same as absent.
template <class T>
void read(Reader& from, std::optional<T>& to);
/// Reads an array.
template <class T>
void read(Reader& from, std::vector<T>& to);
/// Reads an object of any names.
template <class T>
void read(Reader& from, std::map<std::string, T>& to)
{
    to.clear();
    from.object([&](std::string_view name) { read(from, to[std::string(name)]); });
}
template <class T>
void read(Reader& from, std::vector<T>& to)
{
    to.clear();
    from.array([&] {
        T element{};
        read(from, element);
        to.push_back(std::move(element));
    });
}
template <class T>
void read(Reader& from, std::optional<T>& to)
{
    to.reset();
    if (!from.null())
        read(from, to.emplace());
}

} // namespace kei::json

#endif
