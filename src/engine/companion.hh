#pragma once
// The thread on which a call runs whose timeout must fire although the code above and below it never looks. One is kept
// for each emitter that needs one; a call that is given up keeps its thread, and the emitter gets another.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/world.hh"
#include "engine/hops.hh"
#include "engine/lane.hh"

namespace flowrun::engine {

class Companion {
public:
    // More than this many abandoned calls at once are refused with `unavailable`: a flow in that state is not served by
    // more threads.
    static constexpr std::uint32_t most_hung = 2048;

    // Calls `edge` aside and waits until entry.expires. As hop.
    static std::int32_t call(Lane& lane, const Edge& edge, const queue::Meta* meta, const value::Node* message,
                             const Entry& entry);

    static std::int32_t too_many_hung(Lane& lane, const Edge& edge);

    explicit Companion(Run& run);
    ~Companion();

private:
    struct Job;
    struct Desk;  // shared by the emitter and the thread, which may outlive one another
    static void serve(std::shared_ptr<Desk> desk);

    std::shared_ptr<Desk> desk_;
};

}  // namespace flowrun::engine
