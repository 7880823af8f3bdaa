/// @file
/// Events, as a queue hands them out, and the requests among them that the host answers.
#ifndef KEI_AGENT_EVENT_HPP
#define KEI_AGENT_EVENT_HPP

#include <kei_agent/generated/types.hpp>
#include <kei_agent/handle.hpp>

namespace kei {

namespace detail {

/// JSON text of what is given: text itself, a tree, or a value of a generated type.
template <class T>
std::string text_of(const T& value)
{
    if constexpr (std::is_convertible_v<const T&, JsonText>)
        return std::string(JsonText(value).view());
    else
        return json::encode(value);
}

} // namespace detail

/// What an event tells of.
enum class EventKind : std::uint32_t {
    /// Nothing.
    none = KEI_EVENT_NONE,
    /// The outcome of an operation.
    done = KEI_EVENT_DONE,
    /// An item of a subscription.
    item = KEI_EVENT_ITEM,
    /// The outcome of a subscription: its last event.
    end = KEI_EVENT_END,
    /// Something that the host is asked, to be answered by way of `Event::request`.
    request = KEI_EVENT_REQUEST,
    /// A change about a subscription.
    state = KEI_EVENT_STATE,
    /// A log record.
    log = KEI_EVENT_LOG,
};

/// An event that somebody else holds: it is good as long as the function that it was given to runs.
struct EventView {
    /// What it tells of.
    EventKind kind = EventKind::none;
    /// The number that was given with the operation or subscription.
    std::uint64_t tag = 0;
    /// The handle that it is about.
    kei_handle source = 0;
    /// Its position in the queue's history, from 1.
    std::uint64_t seq = 0;
    /// The outcome.
    kei_status status = KEI_OK;
    /// For a log record its level, from 1 (error) to 5 (trace).
    std::uint32_t level = 0;
    /// What there is to say, as JSON.
    std::string_view body;

    /// A view of the library's event.
    static EventView of(const kei_event& event) noexcept
    {
        return {static_cast<EventKind>(event.kind), event.tag, event.source, event.seq, event.status, event.flags,
                {reinterpret_cast<const char*>(event.body.data), event.body.len}};
    }
};

/// Something that the host is asked: a token, for example. It is answered once, by `reply` or `fail`, from any thread and as late as its time limit allows. One that is let
/// go of without an answer is refused at once, so that nobody waits in vain.
class Request {
public:
    /// The request of this handle, which it owns; what it asks is in the body.
    Request(detail::Handle handle, Json body) noexcept : handle_(std::move(handle)), body_(std::move(body)) {}

    /// What is asked, as JSON.
    const Json& body() const noexcept { return body_; }
    /// What is asked, for example `request.as<kei::api::HostRequest>()`.
    template <class T>
    Result<T> as() const
    {
        return decode<T>(body_.view(), "the request");
    }

    /// Answers, with JSON or a value such as `kei::api::TokenReply`. `Code::stale` says that it was answered before or that its time is over.
    template <class T>
    Result<void> reply(const T& answer) const
    {
        std::string text = detail::text_of(answer);
        const kei_status status = kei_reply(handle_.get(), KEI_OK, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
        detail::wipe(text);
        return detail::outcome(status);
    }
    /// Answers that it cannot be done, and why; `retryable` says whether asking again may help.
    Result<void> fail(std::string_view message, bool retryable = false, Code code = Code::refused) const
    {
        json::Writer writer;
        writer.begin_object();
        writer.field("message", message);
        writer.field("retryable", retryable);
        writer.end_object();
        const std::string text = writer.take();
        return detail::outcome(kei_reply(handle_.get(), static_cast<kei_status>(code), reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    }
    /// The handle, for C functions; it stays owned by this object.
    kei_handle handle() const noexcept { return handle_.get(); }

private:
    detail::Handle handle_;
    Json body_;
};

/// An event, with its body. Move-only.
class Event {
public:
    /// None.
    Event() noexcept = default;
    /// Takes one of the library's over.
    explicit Event(const kei_event& event) noexcept : view_(EventView::of(event)), body_(event.body)
    {
        view_.body = {};
        if (view_.kind == EventKind::request)
            request_ = detail::Handle(view_.source);
    }

    /// What it tells of.
    EventKind kind() const noexcept { return view_.kind; }
    /// The number that was given with the operation or subscription.
    std::uint64_t tag() const noexcept { return view_.tag; }
    /// The handle that it is about.
    kei_handle source() const noexcept { return view_.source; }
    /// Its position in the queue's history, from 1.
    std::uint64_t seq() const noexcept { return view_.seq; }
    /// The outcome, for `done` and `end`.
    Code code() const noexcept { return static_cast<Code>(view_.status); }
    /// All of it, as long as this object stays as it is.
    EventView view() const noexcept
    {
        EventView view = view_;
        view.body = body_.view();
        return view;
    }
    /// What there is to say, as JSON.
    const Json& body() const noexcept { return body_; }
    /// The same, taken out.
    Json take_body() noexcept { return std::move(body_); }
    /// The body as a value, for example `event.as<kei::api::Message>()`.
    template <class T>
    Result<T> as() const
    {
        return decode<T>(body_.view(), "the event");
    }
    /// What an operation or a subscription came to: its answer, or its error.
    Result<Json> outcome() const
    {
        if (view_.status != KEI_OK)
            return Error::of(view_.status, body_.view());
        return body_;
    }
    /// For `EventKind::request`: what is asked, to be answered. Taken once; without that, the request is refused when the event goes.
    Request take_request() noexcept { return Request(std::move(request_), std::move(body_)); }

private:
    EventView view_;
    Json body_;
    detail::Handle request_;
};

} // namespace kei

#endif
