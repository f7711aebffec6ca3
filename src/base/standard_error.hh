#pragma once
// Standard error, where all that is for people leaves the process; secrets are masked. Whoever writes waits for a slow
// reader, for as long as the process has the patience: a reader that has stopped reading must hold up neither a signal
// nor the end of a run. Any thread.

#include <atomic>
#include <mutex>
#include <string_view>

#include "base/world.hh"

namespace flowrun {

class StandardError {
public:
    static StandardError& of_process();  // of descriptor 2

    explicit StandardError(int descriptor);
    StandardError(const StandardError&) = delete;
    StandardError& operator=(const StandardError&) = delete;
    ~StandardError();

    // False: part of it was lost, since nobody read or it cannot be written.
    bool write(std::string_view text);
    // The same without waiting at all.
    bool write_at_once(std::string_view text);

    // From `until` on nobody waits any more, and who waits now returns. Of two the last counts. Tells steady time.
    void be_patient_until(Time until);
    // The process ends in the middle of things: from here on neither a reader nor another writer is waited for longer than a
    // second, be it the calling thread itself that was writing.
    void be_last();

private:
    bool put(std::string_view text, bool wait);
    bool await_reader() const;

    const int descriptor_;
    const int changed_;  // an eventfd: readable once the patience has been limited
    std::atomic<Time> until_ = never;
    std::atomic<bool> last_ = false;
    std::mutex writing_;  // texts do not mix
};

}  // namespace flowrun
