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
CFLAGS_release := -O3 $(HARDEN) # 3: a verify is 2 % faster than with 2
CFLAGS_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS_release := -Wl,-z,relro,-z,now
LDFLAGS_asan := -fsanitize=address,undefined

# Each third-party library is named once here and in one or two source files (`make lint`).
LIB_CRYPTO := -lcrypto
HEADERS := microhttpd.h gnutls/gnutls.h curl/curl.h sqlite3.h zlib.h cjson/cJSON.h openssl/sha.h \
           nats/nats.h $(if $(filter test units,$(MAKECMDGOALS)),cmocka.h)
LIBS := -lmicrohttpd -lgnutls -lcurl -lsqlite3 -lcjson -lz -lnats $(LIB_CRYPTO) -lpthread

CORE := $(sort $(wildcard core/*.c))
PROGRAM := $(sort $(wildcard base/*.c sender/*.c receiver/*.c harness/*.c cli/*.c))
MAKE_VECTORS := harness/make_vectors.c # a program of its own: the others embed what it writes
EMBED := base/samples.c harness/builtin.c
PARTS := $(filter-out $(MAKE_VECTORS) cli/main.c,$(PROGRAM))
UNITS := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: all lib demo test bench torture alarms alarms-full conformance fuzz lint \
        format vectors install dist dist-vectors clean help units
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
$(B)$(1)/harness/report_css.o: harness/report.css
$(EMBED:%.c=$(B)$(1)/%.o): $(sort $(wildcard vectors/*.json vectors/samples/*.json))
endef
$(foreach f,release asan,$(eval $(call flavour,$(f))))
.SECONDARY:

# Always made anew: the compiler or PREFIX may be another one than last time.
build/hookgauge: $(B)release/hookgauge
	@ln -sf $(patsubst build/%,%,$<) $@

build/hookgauge.pc: hookgauge.pc.in include/hookgauge.h
	@mkdir -p $(@D)
	@sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' $< > $@

.PHONY: setup-check build/hookgauge build/hookgauge.pc
setup-check:
	@printf '#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <setjmp.h>\n%b' \
	  "$(HEADERS:%=#include <%>\n)" | $(CC) -E -x c - > /dev/null 2>&1 || \
	  { echo "Something is not installed: run ./setup" >&2; exit 2; }

units: $(UNITS:%=$(B)asan/%)

# The disk that forgets: loaded into the installed program, which has nothing of it.
FORGETS := build/torture/lost_pages.so
$(FORGETS): tests/torture/lost_pages.c | setup-check
	@mkdir -p $(@D)
	$(CC) $(BASE) -O2 -fvisibility=default $(CFLAGS) -shared -o $@ $< -lpthread

# ---- What people run -----------------------------------------------------------------------------
help:
	@echo 'make            the command (build/hookgauge) and the library, shared and static'
	@echo 'make demo       every event signed, sent, received, stored and checked, on real sockets'
	@echo 'make test       all tests; tests/run.py STEP runs one'
	@echo 'make bench      speed, as ratios to bare libcrypto and bare libmicrohttpd'
	@echo 'make torture    the receiver killed 400 times, half of them on a disk that forgets'
	@echo 'make alarms     mutants: receivers that are wrong in one way, each of which must be failed'
	@echo 'make alarms-full  the same with all cases: which family fails which mutant'
	@echo 'make conformance  what libraries of others make of the vectors: docs/results.md (network)'
	@echo 'make fuzz       endless fuzzing: make fuzz TARGET=verify'
	@echo 'make lint       who includes whom, banned calls, format, manual pages'
	@echo 'make format     let clang-format lay the code out'
	@echo 'make vectors    write vectors/*.json anew'
	@echo 'make install    into PREFIX ($(PREFIX)), below DESTDIR'
	@echo 'make dist       build/hookgauge-$(VERSION).tar.gz'
	@echo 'make dist-vectors  build/hookgauge-vectors-$(VERSION).tar.gz, for any language'

demo: build/hookgauge
	@examples/demo.sh $<

test: all units $(B)asan/hookgauge $(B)release/make-vectors $(FORGETS)
	@tests/run.py

bench: all
	@tests/bench/run.py

torture: all $(FORGETS)
	@tests/torture/run.py

alarms: all $(B)asan/hookgauge
	@tests/alarms/run.py

alarms-full: all $(B)asan/hookgauge
	@tests/alarms/run.py --full

conformance: all # it fetches from npm and Debian, so it is no part of `make test`
	@tests/conformance/run.py

fuzz:
	tests/fuzz/run.py --forever $(or $(TARGET),verify)

lint:
	@tests/lint.py

format:
	clang-format -i $(wildcard $(addsuffix /*.[ch],include core base sender receiver harness cli \
	  examples/*/* tests/* vectors/readers))

vectors: $(B)release/make-vectors
	$< vectors

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig \
	  $(addprefix $(DESTDIR)$(PREFIX)/share/man/man,1 3 5)
	install $(B)release/hookgauge $(DESTDIR)$(PREFIX)/bin/
	install -m 644 include/hookgauge.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 $(B)release/libhookgauge.a $(DESTDIR)$(PREFIX)/lib/
	install $(B)release/libhookgauge.so $(DESTDIR)$(PREFIX)/lib/libhookgauge.so.$(VERSION)
	ln -sf libhookgauge.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libhookgauge.so.$(SOVERSION)
	ln -sf libhookgauge.so.$(SOVERSION) $(DESTDIR)$(PREFIX)/lib/libhookgauge.so
	install -m 644 build/hookgauge.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 man/*.3 $(DESTDIR)$(PREFIX)/share/man/man3/
	install -m 644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi # else nobody finds the .so

dist:
	@mkdir -p build
	git archive --prefix=hookgauge-$(VERSION)/ -o build/hookgauge-$(VERSION).tar.gz HEAD

# The same bytes wherever and whenever it is made: in order, nobody's, at the vectors' own time.
DIST ?= build
DIST_VECTORS := hookgauge-vectors-$(VERSION)
dist-vectors:
	@rm -rf $(DIST)/$(DIST_VECTORS) && mkdir -p $(DIST)/$(DIST_VECTORS)
	cp -R vectors/. LICENSE $(DIST)/$(DIST_VECTORS)
	cd $(DIST) && LC_ALL=C tar --format=ustar --sort=name --mtime=@1767225600 --owner=0 --group=0 \
	  --numeric-owner --mode=u=rwX,go=rX --exclude=__pycache__ -cf - $(DIST_VECTORS) | \
	  gzip -9n > $(DIST_VECTORS).tar.gz
	@rm -r $(DIST)/$(DIST_VECTORS)

clean:
	rm -rf build

-include $(shell find build -path build/conformance -prune -o -name '*.d' -print 2>/dev/null)
