// flowrun/component.hh: the C++ way to write a plugin. C++17; headers only, over the C tables.
//
//   class Upper {
//   public:
//       static constexpr flowrun::sdk::Description description = {"text.upper", "Makes text upper case"};
//       Upper(flowrun::sdk::Node node, flowrun::sdk::Value settings);
//       flowrun::sdk::Status handle(flowrun::sdk::Call call, std::uint32_t port, flowrun::sdk::Value message);
//   };
//   FLOWRUN_PLUGIN("text", "1.0", Upper);
//
// A component is a class with a `description` and a constructor (Node, Value settings), and of these what it needs:
//
//   Status handle(Call, std::uint32_t port, Value message)   one message; `noexcept` where nothing can throw: no guard
//   Status handle_batch(const Batch&, std::uint32_t port)    many, one result each
//   Status run(Call)                                         a source's life
//   Status start()      Status end(Call)      void stop()
//   static Status ports_for(Value settings, Build out)       the ports that these settings make
//   static std::optional<Mistake> check(const flowrun_host*, Value settings)   what is wrong with settings that fit,
//                                                            or std::vector<Mistake>; a Failure that it throws is told
//                                                            in the same way
//
// Threads. As component.h says: one entry at a time unless FLOWRUN_REENTRANT is set; `stop` from any thread.
// Ownership. A Value, Node or Call is a view, good as long as the thing it shows (see each header); Kept, Path, Reader,
// Builder, Ticket, Root and Window own something and give it back when they are destroyed.
// Errors. Throw Failure, or return call.fail(…). In the constructor throwing refuses the node, and the text is shown.
#ifndef FLOWRUN_COMPONENT_HH
#define FLOWRUN_COMPONENT_HH

#include <flowrun/cxx/batch.hh>
#include <flowrun/cxx/builder.hh>
#include <flowrun/cxx/call.hh>
#include <flowrun/cxx/delivered.hh>
#include <flowrun/cxx/description.hh>
#include <flowrun/cxx/failure.hh>
#include <flowrun/cxx/guard.hh>
#include <flowrun/cxx/node.hh>
#include <flowrun/cxx/path.hh>
#include <flowrun/cxx/reader.hh>
#include <flowrun/cxx/status.hh>
#include <flowrun/cxx/table.hh>
#include <flowrun/cxx/ticket.hh>
#include <flowrun/cxx/value.hh>
#include <flowrun/cxx/window.hh>

#endif
