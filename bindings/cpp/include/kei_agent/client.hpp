/// @file
/// Clients: where operations are run. Longer than most headers, since each form of calling stands here by name, by type, and with a stop token.
#ifndef KEI_AGENT_CLIENT_HPP
#define KEI_AGENT_CLIENT_HPP

#include <kei_agent/call.hpp>

namespace kei {

/// A client: a configuration with its connections and its token. Thread-safe. Letting go of it ends its operations with `Code::closed`, and waits until what waited for
/// them has been continued (unless that is where it happens).
///
/// Operations are run by name with JSON, or by a request of a generated type (`kei::api::PlanRequest`), whose type tells the operation and the type of its answer. Either
/// way in four forms: `call` waits, `submit` gives a future, `async` something for `co_await`, `submit_to` an event in a queue of yours. Subscriptions are opened with
/// `subscribe`.
template <class Errors>
class BasicClient {
public:
    /// What a function answers that makes a `T`.
    template <class T>
    using Of = typename Errors::template Of<T>;
    /// The answer to a request of a generated type.
    template <class Request>
    using AnswerTo = typename OperationOf<Request>::Answer;

    /// Makes one of the process's runtime, or of another. What the configuration (JSON text, or nothing) leaves out comes from the environment (`KEI_API_URL`, …), then from
    /// the defaults. A configuration that is wrong is an error that names the setting and says what would be right. Nothing is sent before the first call.
    ///
    /// A `dispatcher` may be given that brings the outcomes of `submit` and `async`; else the client has one of its own.
    static Of<BasicClient> create(const JsonText& configuration = {}, const RuntimeBase& runtime = RuntimeBase(), std::shared_ptr<Dispatcher> dispatcher = nullptr)
    {
        return Errors::tell(made(configuration.view(), runtime, std::move(dispatcher)));
    }
    /// @copydoc create
    static Of<BasicClient> create(const ClientConfig& configuration, const RuntimeBase& runtime = RuntimeBase(), std::shared_ptr<Dispatcher> dispatcher = nullptr)
    {
        return Errors::tell(made(detail::RequestText(configuration).view(), runtime, std::move(dispatcher)));
    }
    /// The same client with another way to tell of failures.
    template <class Others>
    explicit BasicClient(BasicClient<Others>&& other) noexcept
        : runtime_(std::move(other.runtime_)), dispatcher_(std::move(other.dispatcher_)), handle_(std::move(other.handle_))
    {
    }
    /// Moves it; the one that was moved from answers errors.
    BasicClient(BasicClient&&) noexcept = default;
    /// Moves it, after the one that was here is closed.
    BasicClient& operator=(BasicClient&& other) noexcept
    {
        { const BasicClient old(std::move(*this)); }
        runtime_ = std::move(other.runtime_);
        dispatcher_ = std::move(other.dispatcher_);
        handle_ = std::move(other.handle_);
        return *this;
    }

    /// Runs an operation and waits for its answer: `client.call("plan", R"({"objective": "…"})")`.
    Of<Json> call(std::string_view operation, const JsonText& request = {}, const CallOptions& options = {}) const
    {
        return Errors::tell(run<Json>({operation, request.view(), detail::options_text(options)}));
    }
    /// Runs the operation that this request is for, and waits for its answer: `client.call(kei::api::PlanRequest{"…"})`.
    template <class Request, detail::IfRequest<Request> = 0>
    Of<AnswerTo<Request>> call(const Request& request, const CallOptions& options = {}) const
    {
        return Errors::tell(run<AnswerTo<Request>>({name_of<Request>(), detail::RequestText(request).view(), detail::options_text(options, false)}));
    }
    /// The same, and answers how the call went besides.
    template <class Request, detail::IfRequest<Request> = 0>
    Of<WithMeta<AnswerTo<Request>>> call_with_meta(const Request& request, const CallOptions& options = {}) const
    {
        return Errors::tell(run<WithMeta<AnswerTo<Request>>>({name_of<Request>(), detail::RequestText(request).view(), detail::options_text(options, true)}));
    }

    /// Starts an operation, whose outcome the future gets: a `Result`, or, in the throwing façade, the value or an exception.
    Future<Of<Json>> submit(std::string_view operation, const JsonText& request = {}, const CallOptions& options = {}) const
    {
        return promised<Json>({operation, request.view(), detail::options_text(options)}, [](auto&) {});
    }
    /// Starts the operation that this request is for.
    template <class Request, detail::IfRequest<Request> = 0>
    Future<Of<AnswerTo<Request>>> submit(const Request& request, const CallOptions& options = {}) const
    {
        return promised<AnswerTo<Request>>({name_of<Request>(), detail::RequestText(request).view(), detail::options_text(options, false)}, [](auto&) {});
    }

    /// Starts an operation whose outcome comes to a queue of yours, as exactly one event of the kind `done` with this tag.
    Of<Operation> submit_to(const QueueBase& queue, std::uint64_t tag, std::string_view operation, const JsonText& request = {}, const CallOptions& options = {}) const
    {
        const std::string_view body = request.view();
        const std::string text = detail::options_text(options);
        kei_op started = 0;
        kei_buf error{nullptr, 0, 0};
        const kei_status status = kei_submit(handle(), operation.data(), operation.size(), reinterpret_cast<const std::uint8_t*>(body.data()), body.size(), text.data(),
                                             text.size(), queue.handle(), tag, &started, &error);
        if (status != KEI_OK)
            return Errors::tell(Result<Operation>(detail::error(status, error)));
        return Errors::tell(Result<Operation>(Operation(started)));
    }

    /// Opens a subscription.
    Of<BasicSubscription<Errors>> subscribe(std::string_view operation, const JsonText& request = {}, const SubscribeOptions& options = {}) const
    {
        return Errors::tell(opened({operation, request.view(), detail::options_text(options.call)}, options));
    }
    /// Opens the subscription that this request is for.
    template <class Request, detail::IfRequest<Request> = 0>
    Of<BasicSubscription<Errors>> subscribe(const Request& request, const SubscribeOptions& options = {}) const
    {
        static_assert(OperationOf<Request>::is_subscription, "this operation is not subscribed to, but called");
        return Errors::tell(opened({OperationOf<Request>::name, detail::RequestText(request).view(), detail::options_text(options.call, false)}, options));
    }
    /// Opens a subscription whose events come to a queue of yours with this tag; `kei_sub_credit` grants more items. The handle is to be closed.
    Of<kei_sub> subscribe_to(const QueueBase& queue, std::uint64_t tag, std::string_view operation, const JsonText& request = {}, const SubscribeOptions& options = {}) const
    {
        return Errors::tell(open(queue.handle(), tag, {operation, request.view(), detail::options_text(options.call)}, options.credit));
    }

#if KEI_AGENT_COROUTINES
    /// Starts an operation, to be awaited: `auto answer = co_await client.async("plan", R"({"objective": "…"})");`. See `Awaitable` for where the coroutine goes on.
    Awaitable<Json, Errors> async(std::string_view operation, const JsonText& request = {}, const CallOptions& options = {}) const
    {
        return awaited<Json>({operation, request.view(), detail::options_text(options)}, [](auto&) {});
    }
    /// Starts the operation that this request is for, to be awaited.
    template <class Request, detail::IfRequest<Request> = 0>
    Awaitable<AnswerTo<Request>, Errors> async(const Request& request, const CallOptions& options = {}) const
    {
        return awaited<AnswerTo<Request>>({name_of<Request>(), detail::RequestText(request).view(), detail::options_text(options, false)}, [](auto&) {});
    }
#endif

#if KEI_AGENT_STOP_TOKEN
    /// Runs an operation and waits for its answer, unless a stop is requested: then it is cancelled.
    Of<Json> call(std::string_view operation, const JsonText& request, const CallOptions& options, const std::stop_token& token) const
    {
        return Errors::tell(run_until<Json>({operation, request.view(), detail::options_text(options)}, token));
    }
    /// @copydoc call(std::string_view, const JsonText&, const CallOptions&, const std::stop_token&) const
    template <class Request, detail::IfRequest<Request> = 0>
    Of<AnswerTo<Request>> call(const Request& request, const CallOptions& options, const std::stop_token& token) const
    {
        return Errors::tell(run_until<AnswerTo<Request>>({name_of<Request>(), detail::RequestText(request).view(), detail::options_text(options, false)}, token));
    }
    /// Starts an operation that is cancelled when a stop is requested.
    Future<Of<Json>> submit(std::string_view operation, const JsonText& request, const CallOptions& options, const std::stop_token& token) const
    {
        return promised<Json>({operation, request.view(), detail::options_text(options)}, Watch{token});
    }
    /// @copydoc submit(std::string_view, const JsonText&, const CallOptions&, const std::stop_token&) const
    template <class Request, detail::IfRequest<Request> = 0>
    Future<Of<AnswerTo<Request>>> submit(const Request& request, const CallOptions& options, const std::stop_token& token) const
    {
        return promised<AnswerTo<Request>>({name_of<Request>(), detail::RequestText(request).view(), detail::options_text(options, false)}, Watch{token});
    }
    /// Opens a subscription that is closed when a stop is requested.
    Of<BasicSubscription<Errors>> subscribe(std::string_view operation, const JsonText& request, const SubscribeOptions& options, const std::stop_token& token) const
    {
        return Errors::tell(closing(opened({operation, request.view(), detail::options_text(options.call)}, options), token));
    }
    /// @copydoc subscribe(std::string_view, const JsonText&, const SubscribeOptions&, const std::stop_token&) const
    template <class Request, detail::IfRequest<Request> = 0>
    Of<BasicSubscription<Errors>> subscribe(const Request& request, const SubscribeOptions& options, const std::stop_token& token) const
    {
        static_assert(OperationOf<Request>::is_subscription, "this operation is not subscribed to, but called");
        return Errors::tell(closing(opened({OperationOf<Request>::name, detail::RequestText(request).view(), detail::options_text(options.call, false)}, options), token));
    }
#if KEI_AGENT_COROUTINES
    /// Starts an operation, to be awaited, that is cancelled when a stop is requested.
    Awaitable<Json, Errors> async(std::string_view operation, const JsonText& request, const CallOptions& options, const std::stop_token& token) const
    {
        return awaited<Json>({operation, request.view(), detail::options_text(options)}, Watch{token});
    }
    /// @copydoc async(std::string_view, const JsonText&, const CallOptions&, const std::stop_token&) const
    template <class Request, detail::IfRequest<Request> = 0>
    Awaitable<AnswerTo<Request>, Errors> async(const Request& request, const CallOptions& options, const std::stop_token& token) const
    {
        return awaited<AnswerTo<Request>>({name_of<Request>(), detail::RequestText(request).view(), detail::options_text(options, false)}, Watch{token});
    }
#endif
#endif

    /// Closes it: its operations end with `Code::closed`. Does not wait. A second time is an error of the code `stale`, as is every call after it.
    Of<void> close() const { return Errors::tell(handle_.close()); }
    /// The handle, for C functions; it stays owned by this object.
    kei_client handle() const noexcept { return handle_.get(); }
    /// Who brings the outcomes of `submit` and `async`.
    const std::shared_ptr<Dispatcher>& dispatcher() const noexcept { return dispatcher_; }

private:
    template <class Others>
    friend class BasicClient;

    BasicClient(kei_client handle, RuntimeBase runtime, std::shared_ptr<Dispatcher> dispatcher) noexcept
        : runtime_(std::move(runtime)), dispatcher_(std::move(dispatcher)), handle_(handle)
    {
    }

    static Result<BasicClient> made(std::string_view configuration, const RuntimeBase& runtime, std::shared_ptr<Dispatcher> dispatcher)
    {
        if (auto fits = detail::fits(); !fits)
            return fits.error();
        kei_client handle = 0;
        kei_buf error{nullptr, 0, 0};
        const kei_status status = kei_client_new(runtime.handle(), configuration.data(), configuration.size(), &handle, &error);
        if (status != KEI_OK)
            return detail::error(status, error);
        BasicClient client(handle, runtime, std::move(dispatcher));
        if (!client.dispatcher_) {
            auto own = Dispatcher::threaded(runtime);
            if (!own)
                return own.error();
            client.dispatcher_ = *std::move(own);
        }
        return client;
    }

    template <class Request>
    static std::string_view name_of() noexcept
    {
        static_assert(!OperationOf<Request>::is_subscription, "this operation is not called, but subscribed to");
        return OperationOf<Request>::name;
    }

    template <class T>
    Result<T> run(const detail::Asked& asked) const
    {
        kei_buf out{nullptr, 0, 0};
        const kei_status status = kei_call(handle(), asked.operation.data(), asked.operation.size(), asked.body(), asked.request.size(), asked.options.data(),
                                           asked.options.size(), &out);
        if (status != KEI_OK)
            return detail::error(status, out);
        Json answer(out);
        if constexpr (std::is_same_v<T, Json>)
            return answer;
        else
            return decode<T>(answer.view(), asked.operation);
    }

    /// What is started gets its outcome in any case, also when it could not be started.
    template <class T, class Watching>
    Future<Of<T>> promised(const detail::Asked& asked, Watching&& watching) const
    {
        detail::Held<detail::FutureCompletion<T, Errors>> completion(new detail::FutureCompletion<T, Errors>());
        auto future = completion->promise.get_future();
        start(asked, *completion, watching);
        return {std::move(future), completion->operation()};
    }

    template <class Completion, class Watching>
    void start(const detail::Asked& asked, Completion& completion, Watching&& watching) const
    {
        if (!dispatcher_)
            return completion.set(Error(Code::stale, "the client was moved from"));
        auto started = detail::Starter::start(handle(), *dispatcher_, asked, completion);
        if (!started)
            return completion.set(started.error());
        completion.started(*started);
        watching(completion);
    }

    Result<BasicSubscription<Errors>> opened(const detail::Asked& asked, const SubscribeOptions& options) const
    {
        auto queue = detail::make_queue(runtime_);
        if (!queue)
            return queue.error();
        detail::Handle owned(*queue);
        return open(*queue, 0, asked, options.credit).transform([&](kei_sub handle) { return BasicSubscription<Errors>(std::move(owned), detail::Handle(handle), options); });
    }
    Result<kei_sub> open(kei_queue queue, std::uint64_t tag, const detail::Asked& asked, std::uint32_t credit) const
    {
        kei_sub opened = 0;
        kei_buf error{nullptr, 0, 0};
        const kei_status status = kei_subscribe(handle(), asked.operation.data(), asked.operation.size(), asked.body(), asked.request.size(), asked.options.data(),
                                                asked.options.size(), queue, tag, credit, &opened, &error);
        if (status != KEI_OK)
            return detail::error(status, error);
        return opened;
    }

#if KEI_AGENT_COROUTINES
    template <class T, class Watching>
    Awaitable<T, Errors> awaited(const detail::Asked& asked, Watching&& watching) const
    {
        detail::Held<detail::AwaitCompletion<T>> completion(new detail::AwaitCompletion<T>());
        start(asked, *completion, watching);
        return Awaitable<T, Errors>(std::move(completion));
    }
#endif
#if KEI_AGENT_STOP_TOKEN
    static Result<BasicSubscription<Errors>> closing(Result<BasicSubscription<Errors>> subscription, const std::stop_token& token)
    {
        if (subscription)
            subscription->close_on(token);
        return subscription;
    }
    struct Watch {
        const std::stop_token& token;
        template <class Completion>
        void operator()(Completion& completion) const
        {
            completion.stopper.watch(token, completion.operation());
        }
    };
    /// With a queue for this one call, so that it can be used anywhere: also where the dispatcher's own thread is the one that waits.
    template <class T>
    Result<T> run_until(const detail::Asked& asked, const std::stop_token& token) const
    {
        auto queue = detail::make_queue(runtime_);
        if (!queue)
            return queue.error();
        const detail::Handle owned(*queue);
        kei_op operation = 0;
        kei_buf error{nullptr, 0, 0};
        const kei_status status = kei_submit(handle(), asked.operation.data(), asked.operation.size(), asked.body(), asked.request.size(), asked.options.data(),
                                             asked.options.size(), *queue, 0, &operation, &error);
        if (status != KEI_OK)
            return detail::error(status, error);
        detail::Stopper stopper;
        stopper.watch(token, Operation(operation));
        auto event = detail::next_event(*queue, -1);
        if (!event)
            return event.error();
        return detail::outcome_as<T>(static_cast<kei_status>((*event)->code()), (*event)->body());
    }
#endif

    // In this order: the client is closed before who brings its outcomes is let go of.
    RuntimeBase runtime_;
    std::shared_ptr<Dispatcher> dispatcher_;
    detail::Handle handle_;
};

/// A client whose functions answer `Result`s.
using Client = BasicClient<Results>;

#if KEI_AGENT_EXCEPTIONS
namespace throwing {
/// A client whose functions throw `kei::Exception`.
using Client = BasicClient<Exceptions>;
} // namespace throwing
#endif

} // namespace kei

#endif
