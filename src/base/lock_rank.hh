#pragma once
// The order in which locks are taken: a thread takes only locks of a higher rank than those it holds, so no two threads can
// wait for one another. Of equal ranks it holds one. A debug build asserts it (base/lock_order.hh); the table is the whole
// truth for base to engine, outermost first.
//
//   rank              lock of                 while it is held
//   ----------------  ----------------------  ---------------------------------------------------------------------------
//   runner            Runner                  another thread ends the run or asks for its state: any of those below
//   guarded_call      GuardedCall             a call is given up: its thread is told and its worker replaced, its part left
//   chain             DetachedChain           a timer is set; what it waits for is withdrawn, which admits others to a room
//   fan_line          FanLine                 nothing
//   edge              AsyncEdge               messages leave the queue, timers are set and cancelled, its part is left
//   quarantine        Quarantine              nothing
//   pending_call      PendingCall             the thread that waits for the answer is woken
//   instance          InstanceLock            the thread whose turn it is is woken
//   component_timers  ComponentTimers         a timer is set or cancelled
//   scheduler         Scheduler               a worker is woken or started, the watchdog is needed
//   watchdog          Watchdog                its thread is woken or started
//   threads           Threads, the list       each thread is looked at, or woken
//   thread            Thread, one             whoever waits on it is woken
//   settling          Timers::settle          the one that waits for the last timer is woken
//   receipt           Receipt, Receipts       nothing
//   part              InFlight                the watcher of a part that is empty is told
//   progress          RunContext              the runner's own thread is woken
//   room              Room (spin lock)        a message is put into a ring
//   pending_stock     memory of PendingCall   nothing
//   thread_end        a Virtual's thread      whoever joins it is woken
//   world             Machine, Virtual        nothing: waking, timers and clocks may be used under every other lock
//   blocks            value/blocks.cc         nothing: documents are let go under any lock (spin lock)
//
// A thread that waits on a condition holds the lock it waits with and no other. Foreign code (components, an observer, a
// reporter) is called with no lock held, with two exceptions that must not call back: Queue::take (edge), and
// Reporter::notice (threads).
// Locks of the layers above (command, trace) have no rank: they are leaves of their own.

#include <cstdint>

namespace flowrun {

enum class LockRank : std::uint8_t {
    runner,
    guarded_call,
    chain,
    fan_line,
    edge,
    quarantine,
    pending_call,
    instance,
    component_timers,
    scheduler,
    watchdog,
    threads,
    thread,
    settling,
    receipt,
    part,
    progress,
    room,
    pending_stock,
    thread_end,
    world,
    blocks,
};

}  // namespace flowrun
