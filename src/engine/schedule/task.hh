#pragma once
// Something that the scheduler runs: a delivery, the end of a pending call, a component's timer. A task is in the scheduler's
// hands at most once at a time; it may be gone as soon as its run() has returned, or before.

namespace flowrun::engine {

class Thread;

class Task {
public:
    Task() = default;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    virtual void run(Thread& thread) = 0;  // on one of the scheduler's threads

protected:
    ~Task() = default;  // never destroyed through this type

private:
    friend class Scheduler;
    Task* next_ = nullptr;
};

}  // namespace flowrun::engine
