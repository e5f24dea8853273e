"""From LLVM IR to native functions: optimise, emit, load."""
from __future__ import annotations
import hashlib, os, re, threading
from collections.abc import Mapping, Sequence
_lock = threading.RLock()
_memo = {}
_state = None
def available():
    global _state
    if os.environ.get("RUSHLIGHT_JIT") == "0": return False
    try:
        import llvmlite.binding
        return True
    except ImportError:
        return False
def _machine():
    global _state
    if _state is None:
        import llvmlite.binding as llvm
        llvm.initialize_native_target(); llvm.initialize_native_asmprinter()
        feats = llvm.get_host_cpu_features()
        tm = llvm.Target.from_default_triple().create_target_machine(cpu=llvm.get_host_cpu_name(), features=feats.flatten(), opt=3, reloc="pic", codemodel="small")
        _state = llvm, tm, llvm.create_lljit_compiler(tm), 512 if feats.get("avx512f") else 256
    return _state
CALL = re.compile(r"call (\S+(?: x [^ ]+>)?|<[^>]+>) (@llvm\.[\w.]+)\(([^)]*)\)")
def compile(ir, names, symbols={}):
    with _lock:
        key = hashlib.sha256((ir + repr(sorted(symbols.items()))).encode()).hexdigest()
        if key in _memo: return _memo[key][0]
        llvm, tm, jit, width = _machine()
        decl = set()
        for ret, name, args in CALL.findall(ir):
            types = ", ".join(re.sub(r"\s+[%\-@0-9a-zA-Z_.]+$", "", a.strip()) for a in args.split(",")) if args.strip() else ""
            decl.add(f"declare {ret} {name}({types})")
        text = f'target triple = "{llvm.get_process_triple()}"\n' + ir + "\n" + "\n".join(sorted(decl)) + f'\nattributes #0 = {{ nounwind "prefer-vector-width"="{width}" "no-trapping-math"="true" }}\n'
        try:
            mod = llvm.parse_assembly(text); mod.verify()
        except RuntimeError:
            open("/tmp/bad.ll", "w").write(text); raise
        pto = llvm.create_pipeline_tuning_options(speed_level=3); pto.loop_vectorization = True; pto.slp_vectorization = True; pto.loop_interleaving = True
        llvm.create_pass_builder(tm, pto).getModulePassManager().run(mod, llvm.create_pass_builder(tm, pto)) if False else None
        pb = llvm.create_pass_builder(tm, pto); pb.getModulePassManager().run(mod, pb)
        obj = tm.emit_object(mod)
        b = llvm.JITLibraryBuilder().add_object_img(obj).add_current_process()
        for n, a in symbols.items(): b.import_symbol(n, a)
        for n in names: b.export_symbol(n)
        lib = b.link(jit, "k" + key)
        _memo[key] = ({n: lib[n] for n in names}, lib)
        return _memo[key][0]
