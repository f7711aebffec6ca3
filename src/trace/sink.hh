#pragma once
// A descriptor that a trace is written to. After the first failure it swallows what comes. One thread at a time, save
// failure().

#include <atomic>
#include <expected>
#include <string>
#include <string_view>

namespace flowrun::trace {

class Sink {
public:
    // Borrows `descriptor`.
    explicit Sink(int descriptor) : descriptor_(descriptor) {}
    Sink(Sink&& other) noexcept;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    ~Sink();

    // Creates or empties the file, which the sink then owns. The error is an errno.
    static std::expected<Sink, int> open(const std::string& path);

    // All of `bytes`, however often it takes. False from the first failure on. SIGPIPE must be ignored.
    bool write(std::string_view bytes);
    // 0, or the errno of the first failure; any thread.
    int failure() const { return failure_.load(std::memory_order_relaxed); }
    bool terminal() const;

private:
    int descriptor_;
    bool owned_ = false;
    std::atomic<int> failure_ = 0;
};

}  // namespace flowrun::trace
