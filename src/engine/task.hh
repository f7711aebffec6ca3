#pragma once
// Something that the pool runs: a turn of an async edge, the settling of a completed call, a component's timer. A task is
// in the pool's hands at most once at a time.

#include <atomic>
#include <cstdint>

namespace flowrun::engine {

class Lane;

class Task {
public:
    Task() = default;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    virtual void run(Lane& lane) = 0;  // on a pool thread
    // What it waited for has come. Any thread.
    virtual void wake(Lane& lane) = 0;

protected:
    ~Task() = default;  // never destroyed through this type

private:
    friend class Pool;
    Task* next_ = nullptr;
};

}  // namespace flowrun::engine
