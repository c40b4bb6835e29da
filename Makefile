# SPDX-License-Identifier: MIT
# Hookgauge. `make help` lists the targets. One makefile, no recursion: every flavour of every
# object has its own place under build/, so that they never mix.

VERSION := $(shell sed -n 's/^.define HG_VERSION "\(.*\)"/\1/p' include/hookgauge.h)
SOVERSION := 0
PREFIX ?= /usr/local
DESTDIR ?=
B := build/$(if $(filter clang%,$(notdir $(CC))),clang-)

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
        -Wformat=2 $(if $(CI),-Werror)
BASE := -std=c11 -D_GNU_SOURCE -Iinclude -I. -g -fPIC -fvisibility=hidden -MMD -MP $(WARN)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_release := -O2 $(HARDEN)
CFLAGS_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS_release := -Wl,-z,relro,-z,now
LDFLAGS_asan := -fsanitize=address,undefined

# Each third-party library is named once here and in one or two source files (`make lint`).
LIB_CRYPTO := -lcrypto
LIBS := -lmicrohttpd -lcurl -lsqlite3 -lcjson $(LIB_CRYPTO) -lpthread

CORE := $(sort $(wildcard core/*.c))
PROGRAM := $(sort $(wildcard base/*.c sender/*.c receiver/*.c harness/*.c cli/*.c))
MAKE_VECTORS := harness/make_vectors.c # a program of its own: the others embed what it writes
EMBED := base/samples.c harness/builtin.c
PARTS := $(filter-out $(MAKE_VECTORS) cli/main.c,$(PROGRAM))
UNITS := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: all lib demo test bench fuzz lint format vectors install dist clean help units
all: build/hookgauge lib
lib: $(B)release/libhookgauge.a $(B)release/libhookgauge.so build/hookgauge.pc

# ---- Flavours: release is what is installed, asan is what is tested ------------------------------
define flavour
$(B)$(1)/%.o: %.c | setup-check
	@mkdir -p $$(@D)
	$$(CC) $$(BASE) $$(CFLAGS_$(1)) $$(CFLAGS) -c -o $$@ $$<
$(B)$(1)/libhookgauge.a: $(CORE:%.c=$(B)$(1)/%.o)
	rm -f $$@ && ar rcs $$@ $$^
$(B)$(1)/libhookgauge.so: $(CORE:%.c=$(B)$(1)/%.o)
	$$(CC) -shared -Wl,-soname,libhookgauge.so.$(SOVERSION) -Wl,--no-undefined $$(LDFLAGS_$(1)) $$(LDFLAGS) -o $$@ $$^ $(LIB_CRYPTO)
$(B)$(1)/parts.a: $(PARTS:%.c=$(B)$(1)/%.o)
	rm -f $$@ && ar rcs $$@ $$^
$(B)$(1)/hookgauge: $(B)$(1)/cli/main.o $(B)$(1)/parts.a $(B)$(1)/libhookgauge.a
	$$(CC) $$(LDFLAGS_$(1)) $$(LDFLAGS) -o $$@ $$^ $(LIBS)
$(B)$(1)/make-vectors: $(MAKE_VECTORS:%.c=$(B)$(1)/%.o) $(B)$(1)/parts.a $(B)$(1)/libhookgauge.a
	$$(CC) $$(LDFLAGS_$(1)) $$(LDFLAGS) -o $$@ $$^ $(LIBS)
$(B)$(1)/test_%: $(B)$(1)/tests/unit/test_%.o $(B)$(1)/parts.a $(B)$(1)/libhookgauge.a
	$$(CC) $$(LDFLAGS_$(1)) $$(LDFLAGS) -o $$@ $$^ -lcmocka $(LIBS)
$(EMBED:%.c=$(B)$(1)/%.o): $(sort $(wildcard vectors/*.json vectors/samples/*.json))
endef
$(foreach f,release asan,$(eval $(call flavour,$(f))))
.SECONDARY:

build/hookgauge: $(B)release/hookgauge
	ln -sf $(patsubst build/%,%,$<) $@

build/hookgauge.pc: hookgauge.pc.in include/hookgauge.h
	@mkdir -p $(@D)
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' $< > $@

.PHONY: setup-check
setup-check:
	@$(CC) -E -include microhttpd.h -include curl/curl.h -include sqlite3.h -include cjson/cJSON.h \
	  -include openssl/sha.h -include cmocka.h -include stdarg.h -include stddef.h -include setjmp.h -x c /dev/null > /dev/null 2>&1 || \
	  { echo "Something is not installed: run ./setup" >&2; exit 2; }

units: $(UNITS:%=$(B)asan/%)

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
