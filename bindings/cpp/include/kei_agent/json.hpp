/// @file
/// JSON as text: what goes into the library and what comes out of it, without a tree in between.
#ifndef KEI_AGENT_JSON_HPP
#define KEI_AGENT_JSON_HPP

#include <kei_agent.h>

#include <kei_agent/config.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kei {

namespace detail {

/// Overwrites text in a way that the compiler does not leave out.
inline void wipe(std::string& text) noexcept
{
    volatile char* byte = text.data();
    for (std::size_t left = text.size(); left > 0; --left)
        *byte++ = '\0';
    text.clear();
}

/// Types such as `nlohmann::json`, which know how to write themselves and to read text.
template <class T, class = void>
struct IsTree : std::false_type {};
template <class T>
struct IsTree<T, std::void_t<decltype(std::string(std::declval<const T&>().dump())),
                             decltype(T::parse(std::declval<const char*>(), std::declval<const char*>(), nullptr, false).is_discarded())>>
    : std::true_type {};
template <class T>
using IfTree = std::enable_if_t<IsTree<T>::value, int>;

} // namespace detail

/// A JSON value as its text: an answer, an event's body, a field that may be any JSON.
///
/// It holds either memory of the library's, which it gives back, or a text of its own; both are wiped before they are let go, since an answer may hold a token. A value
/// type: it copies and moves, and one that is default-constructed is `null`. No JSON library is needed; with nlohmann's, or one like it, it converts both ways:
/// `Json(tree)` and `json.as<nlohmann::json>()`.
///
/// Not synchronized: use one object from one thread at a time.
class Json {
public:
    /// `null`.
    Json() noexcept = default;

    /// The value that this text is. It is not checked here; the library checks what it is sent.
    explicit Json(std::string text) noexcept : text_(std::move(text)) {}
    /// @copydoc Json(std::string)
    explicit Json(std::string_view text) : text_(text) {}
    /// @copydoc Json(std::string)
    explicit Json(const char* text) : text_(text) {}

    /// The value of a tree, for example a `nlohmann::json`.
    template <class Tree, detail::IfTree<Tree> = 0>
    Json(const Tree& tree) : text_(tree.dump()) {}

    /// Takes a buffer of the library's over.
    explicit Json(kei_buf buffer) noexcept : buffer_(buffer) {}

    /// Copies the text.
    Json(const Json& other) : text_(other.view()) {}
    /// Takes the text; the other is `null` afterwards.
    Json(Json&& other) noexcept : text_(std::move(other.text_)), buffer_(std::exchange(other.buffer_, kei_buf{nullptr, 0, 0})) { detail::wipe(other.text_); }
    /// Takes another's.
    Json& operator=(Json other) noexcept
    {
        std::swap(text_, other.text_);
        std::swap(buffer_, other.buffer_);
        return *this;
    }
    ~Json()
    {
        detail::wipe(text_);
        if (buffer_.owner != 0)
            kei_buf_free(&buffer_);
    }

    /// The text; `null` when there is none. It lives as long as this object stays as it is.
    std::string_view view() const noexcept
    {
        if (buffer_.len > 0)
            return {reinterpret_cast<const char*>(buffer_.data), buffer_.len};
        return text_.empty() ? std::string_view("null") : std::string_view(text_);
    }
    /// The same.
    operator std::string_view() const noexcept { return view(); }
    /// A copy of the text.
    std::string str() const { return std::string(view()); }

    /// The value as a tree, for example `json.as<nlohmann::json>()`. A text that is no JSON gives one for which `is_discarded()` is true.
    template <class Tree, detail::IfTree<Tree> = 0>
    Tree as() const
    {
        const std::string_view text = view();
        return Tree::parse(text.data(), text.data() + text.size(), nullptr, false);
    }

    /// Whether the texts are the same, byte for byte.
    friend bool operator==(const Json& left, const Json& right) noexcept { return left.view() == right.view(); }
    /// Whether the texts differ.
    friend bool operator!=(const Json& left, const Json& right) noexcept { return left.view() != right.view(); }

private:
    std::string text_;
    kei_buf buffer_{nullptr, 0, 0};
};

/// A parameter that takes JSON in any form: text, a `Json`, or a tree such as `nlohmann::json`. It lives as long as the call that it is an argument of.
class JsonText {
public:
    /// Nothing: the library takes that for `{}`.
    JsonText() noexcept = default;
    /// JSON text.
    JsonText(const char* text) noexcept : view_(text) {}
    /// JSON text.
    JsonText(std::string_view text) noexcept : view_(text) {}
    /// JSON text.
    JsonText(const std::string& text) noexcept : view_(text) {}
    /// A value.
    JsonText(const Json& json) noexcept : view_(json.view()) {}
    /// A tree.
    template <class Tree, detail::IfTree<Tree> = 0>
    JsonText(const Tree& tree) : owned_(tree.dump()), view_(owned_) {}

    JsonText(const JsonText&) = delete;
    JsonText& operator=(const JsonText&) = delete;
    ~JsonText() { detail::wipe(owned_); }

    /// The text.
    std::string_view view() const noexcept { return view_; }

private:
    std::string owned_;
    std::string_view view_;
};

/// A text that is never shown: it has no stream operator and no comparison, and is wiped before it is let go. For the secrets of a configuration.
class Secret {
public:
    /// An empty one.
    Secret() noexcept = default;
    /// This text.
    Secret(std::string text) noexcept : text_(std::move(text)) {}
    /// This text.
    Secret(std::string_view text) : text_(text) {}
    /// This text.
    Secret(const char* text) : text_(text) {}
    /// Copies it.
    Secret(const Secret&) = default;
    /// Takes it; the other is empty and wiped afterwards.
    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { detail::wipe(other.text_); }
    /// Takes another's.
    Secret& operator=(Secret other) noexcept
    {
        std::swap(text_, other.text_);
        return *this;
    }
    ~Secret() { detail::wipe(text_); }

    /// The text itself. Keep it out of logs.
    const std::string& expose() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace kei

#endif
