// flowrun/cxx/window.hh: a source's messages that are under way and have no answer yet. C++17.
//
//   Status run(Call call) {
//       while (more()) (void)window_.emit(call, value, size);   // waits where the window is full
//       return window_.settle(call);                            // all that was sent is dealt with
//   }
//
// Promises. The messages go on in the order in which they are sent. At most `messages` of them, of `bytes` in all unless one
// alone is larger, have no answer. Where nothing behind the port answers later each is sent as by Call::emit, for hardly
// more. What fails is counted, told and sent to the node's error port by the runner, as with Call::emit.
// Not promised: an answer where the run is cut short; then `settle` says cancelled.
//
// Threads: all of it is for the thread of `run`. It may be destroyed with messages under way.
#ifndef FLOWRUN_CXX_WINDOW_HH
#define FLOWRUN_CXX_WINDOW_HH

#include <flowrun/ext/window.h>
#include <flowrun/cxx/call.hh>
#include <flowrun/cxx/node.hh>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    class Window {
    public:
        static constexpr std::uint64_t messages = 2048;
        static constexpr std::uint64_t bytes = std::uint64_t{16} << 20U;

        explicit Window(Node node, std::uint32_t port = 0) noexcept : node_(node), port_(port) {}
        ~Window() {
            if (open_) open_->release();
        }
        Window(const Window&) = delete;
        Window& operator=(const Window&) = delete;

        // Negative: it was refused, or has failed at once. `size`: about how many bytes it holds.
        Status emit(Call call, Value value, std::uint64_t size, const flowrun_meta* meta = nullptr) {
            if (!asked_) ask();
            return table_ ? send(call, value, size, meta) : send_direct(call, value, meta);
        }
        // Waits until all that was sent is dealt with.
        Status settle(Call call) {
            if (sent_ == passed_) return Status::ok;
            const auto status = static_cast<Status>(table_->wait(call.raw(), 0));
            pass(call);
            return status;
        }
        // How many were sent; and how many of them, from the first on, are dealt with: have their answer, and were not refused
        // because the run ends. From one that was refused on none are.
        std::uint64_t sent() const noexcept { return sent_; }
        std::uint64_t dealt_with() {
            while (sent_ != passed_ && open_->at(passed_).state.load(std::memory_order_acquire) == answered) step();
            return refused_ < passed_ ? refused_ : passed_;
        }

    private:
        enum : std::uint8_t { under_way, answered, was_cancelled };

        struct Open;
        struct Slot {
            Open* of = nullptr;
            std::uint64_t size = 0;
            std::atomic<std::uint8_t> state{under_way};
        };
        // Shared with what is under way: gone when nobody needs it any more.
        struct Open {
            Slot slots[messages];
            std::atomic<std::uint64_t> holders{1};

            Slot& at(std::uint64_t number) noexcept { return slots[number % messages]; }
            void release() noexcept {
                if (holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
            }
        };

        void ask() {
            asked_ = true;
            const auto* const table = node_.extension<flowrun_window>(FLOWRUN_WINDOW_ID);
            if (!table || table->pays(node_.raw(), port_) == 0) return;
            open_ = new Open;
            for (Slot& slot : open_->slots) slot.of = open_;
            table_ = table;
        }

        Status send_direct(Call call, Value value, const flowrun_meta* meta) {
            const Status status = meta ? call.emit(port_, value, *meta) : call.emit(port_, value);
            if (status == Status::cancelled) note_refused(call);
            ++sent_;
            ++passed_;
            return status;
        }

        Status send(Call call, Value value, std::uint64_t size, const flowrun_meta* meta) {
            if (!make_room(call, size)) return Status::cancelled;
            Slot& slot = open_->at(sent_++);
            slot.size = size;
            slot.state.store(under_way, std::memory_order_relaxed);
            bytes_ += size;
            open_->holders.fetch_add(1, std::memory_order_relaxed);
            const auto status =
                static_cast<Status>(table_->emit(call.raw(), port_, value.raw(), meta, &Window::done, &slot));
            if (is_error(status)) done(&slot, static_cast<std::int32_t>(status), nullptr, nullptr);
            return status;
        }

        static void done(void* user, std::int32_t status, const flowrun_value*, const flowrun_error*) noexcept {
            auto& slot = *static_cast<Slot*>(user);
            Open& of = *slot.of;
            slot.state.store(status == FLOWRUN_E_CANCELLED ? was_cancelled : answered, std::memory_order_release);
            of.release();
        }

        bool has_room(std::uint64_t size) const noexcept {
            const std::uint64_t open = sent_ - passed_;
            return open < messages && (open == 0 || bytes_ + size <= bytes);
        }

        // Not woken for each message: first when half of them are dealt with. Those that hold up the line may be the last that
        // have an answer.
        bool make_room(Call call, std::uint64_t size) {
            if (has_room(size)) return true;
            pass(call);
            for (std::uint64_t most = (sent_ - passed_) / 2; !has_room(size); most /= 2) {
                if (table_->wait(call.raw(), most) != FLOWRUN_OK) return false;
                pass(call);
            }
            return true;
        }

        // A `cancelled` while nobody ends the run is a failure as any other.
        void note_refused(Call call) {
            if (refused_ == UINT64_MAX && is_error(call.stopping())) refused_ = passed_;
        }
        void pass(Call call) {
            while (sent_ != passed_) {
                const std::uint8_t state = open_->at(passed_).state.load(std::memory_order_acquire);
                if (state == under_way) return;
                if (state == was_cancelled) note_refused(call);
                step();
            }
        }
        void step() noexcept { bytes_ -= open_->at(passed_++).size; }

        Node node_;
        const std::uint32_t port_;
        const flowrun_window* table_ = nullptr;  // where it pays
        bool asked_ = false;
        Open* open_ = nullptr;
        std::uint64_t sent_ = 0, passed_ = 0;  // passed: all before it have an answer
        std::uint64_t bytes_ = 0;              // of what was sent and has not been passed
        std::uint64_t refused_ = UINT64_MAX;   // the first that was
    };

}  // namespace sdk
}  // namespace flowrun
#endif
