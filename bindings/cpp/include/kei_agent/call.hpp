/// @file
/// How a call is put to the library: its request and options as text, and who gets its outcome.
#ifndef KEI_AGENT_CALL_HPP
#define KEI_AGENT_CALL_HPP

#include <kei_agent/subscription.hpp>

namespace kei {

/// An answer, and how the call went.
template <class T>
struct WithMeta {
    /// The answer.
    T result{};
    /// How the call went: attempts, times, the server's header fields.
    CallMeta meta{};
};

/// Reads an answer that came with `meta`.
template <class T>
void read(json::Reader& from, WithMeta<T>& to)
{
    bool has_meta = false;
    from.object([&](std::string_view name) {
        if (name == "result") {
            read(from, to.result);
        } else if (name == "meta") {
            has_meta = true;
            read(from, to.meta);
        } else {
            from.skip();
        }
    });
    from.need(has_meta, "meta");
}

namespace detail {

template <class T, class = void>
struct IsRequest : std::false_type {};
template <class T>
struct IsRequest<T, std::void_t<decltype(OperationOf<T>::name)>> : std::true_type {};
template <class T>
using IfRequest = std::enable_if_t<IsRequest<T>::value, int>;

/// A request of a generated type as text, wiped when it goes.
class RequestText {
public:
    template <class Request>
    explicit RequestText(const Request& request) : text_(json::encode(request))
    {
    }
    RequestText(const RequestText&) = delete;
    RequestText& operator=(const RequestText&) = delete;
    ~RequestText() { wipe(text_); }
    std::string_view view() const noexcept { return text_; }

private:
    std::string text_;
};

/// The options of a call as text; none when there are none. `meta` is set as the kind of answer needs it.
inline std::string options_text(const CallOptions& options, std::optional<bool> meta = std::nullopt)
{
    json::Writer writer;
    if (meta && options.meta.value_or(false) != *meta) {
        CallOptions changed = options;
        changed.meta = meta;
        write(writer, changed);
    } else {
        write(writer, options);
    }
    std::string text = writer.take();
    return text == "{}" ? std::string() : text;
}

/// A call, as C wants it.
struct Asked {
    std::string_view operation;
    std::string_view request;
    std::string_view options;

    const std::uint8_t* body() const noexcept { return reinterpret_cast<const std::uint8_t*>(request.data()); }
};

/// Starts operations whose outcomes go to a dispatcher.
class Starter {
public:
    static Result<Operation> start(kei_client client, Dispatcher& dispatcher, const Asked& asked, Completion& completion)
    {
        if (auto started = dispatcher.start(); !started)
            return started.error();
        Dispatch& dispatch = *dispatcher.dispatch_;
        completion.hold();
        dispatch.pending.fetch_add(1, std::memory_order_relaxed);
        kei_op operation = 0;
        kei_buf error{nullptr, 0, 0};
        const auto tag = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&completion));
        const kei_status status = kei_submit(client, asked.operation.data(), asked.operation.size(), asked.body(), asked.request.size(), asked.options.data(),
                                             asked.options.size(), dispatch.queue, tag, &operation, &error);
        if (status == KEI_OK)
            return Operation(operation);
        completion.release();
        dispatch.end();
        return detail::error(status, error);
    }
};

} // namespace detail

} // namespace kei

#endif
