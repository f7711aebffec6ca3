# What is linked into the program and into each plugin. Start-up time decides it (tests/bench/startup.sh measures the
# three shapes): relocating libstdc++ and yaml-cpp anew in every process costs more than all the rest of a small run.
#
#   dynamic  every library shared
#   host     the program carries libstdc++ and its libraries, plugins use the shared libstdc++
#   static   each carries its own (the default, the fastest)
#
# glibc is always shared: dlopen needs it. Nothing is exported from the program: plugins get all they use by tables.
# Under a sanitizer everything is dynamic: two copies of libstdc++ would confuse its view of types.
set(link ${FLOWRUN_LINK})
if(FLOWRUN_SANITIZE OR FLOWRUN_FUZZ)
  set(link dynamic)
endif()
if(NOT link MATCHES "^(dynamic|host|static)$")
  message(FATAL_ERROR "FLOWRUN_LINK is '${link}': use dynamic, host or static")
endif()

# A library that is linked as an archive where the shape asks for it and Debian's package holds one.
function(flowrun_find_library target name)
  if(NOT link STREQUAL "dynamic")
    find_library(FLOWRUN_${name}_ARCHIVE lib${name}.a)
  endif()
  find_library(FLOWRUN_${name}_SHARED ${name} REQUIRED)
  add_library(${target} INTERFACE)
  if(FLOWRUN_${name}_ARCHIVE AND NOT link STREQUAL "dynamic")
    target_link_libraries(${target} INTERFACE ${FLOWRUN_${name}_ARCHIVE})
  else()
    target_link_libraries(${target} INTERFACE ${FLOWRUN_${name}_SHARED})
  endif()
endfunction()
flowrun_find_library(flowrun_yaml_cpp yaml-cpp)
flowrun_find_library(flowrun_re2 re2)

add_library(flowrun_host_link INTERFACE)    # for the program
add_library(flowrun_plugin_link INTERFACE)  # for each plugin
foreach(target IN ITEMS flowrun_host_link flowrun_plugin_link)
  target_link_options(${target} INTERFACE -Wl,--as-needed -Wl,-O1 -Wl,--hash-style=gnu -Wl,--gc-sections)
endforeach()
if(NOT link STREQUAL "dynamic")
  target_link_options(flowrun_host_link INTERFACE -static-libstdc++ -static-libgcc)
endif()
if(link STREQUAL "static")
  # --exclude-libs: the plugin's libstdc++ stays its own and is not bound to another's by name.
  target_link_options(flowrun_plugin_link INTERFACE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL)
endif()

# fmt without its shared library (fmt.cc says why).
add_library(flowrun_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cc)
target_include_directories(flowrun_fmt SYSTEM PUBLIC $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
