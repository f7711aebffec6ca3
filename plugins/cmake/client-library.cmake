# flowrun_client_library(PLUGIN TARGET LIBRARY HEADER PACKAGE): the TARGET with which PLUGIN.so uses LIBRARY, where this
# machine has it with HEADER. Else there is no TARGET and a line says so; with FLOWRUN_ALL_PLUGINS that is an error.
#
#   flowrun_client_library(redis flowrun_hiredis hiredis hiredis/hiredis.h libhiredis-dev)
#   if(NOT TARGET flowrun_hiredis)
#     return()
#   endif()
#
# It is the shared library in every shape of the program (FLOWRUN_LINK): what speaks to a network is mended by the system.
function(flowrun_client_library plugin target library header package)
  find_path(FLOWRUN_${library}_INCLUDE ${header} PATH_SUFFIXES postgresql)
  find_library(FLOWRUN_${library}_LIBRARY ${library})
  if(FLOWRUN_${library}_INCLUDE AND FLOWRUN_${library}_LIBRARY)
    add_library(${target} INTERFACE)
    target_include_directories(${target} SYSTEM INTERFACE ${FLOWRUN_${library}_INCLUDE})
    target_link_libraries(${target} INTERFACE ${FLOWRUN_${library}_LIBRARY})
    return()
  endif()
  set(lack "it needs lib${library} with ${header} (Debian: ${package})")
  if(FLOWRUN_ALL_PLUGINS)
    message(FATAL_ERROR "${plugin} cannot be built: ${lack}")
  endif()
  message(STATUS "${plugin} is not built: ${lack}")
endfunction()
