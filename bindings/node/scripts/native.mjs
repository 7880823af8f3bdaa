// Makes prebuilds/<platform>-<arch>/: the shared library, copied from the folder given (or $KEI_KIT_LIBRARY, or where `make lib` puts it), and the addon,
// compiled with the system's C compiler. `node scripts/native.mjs [folder]`. Needs `npm ci` for the headers of Node-API.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const repository = join(root, '../..')
const mac = process.platform === 'darwin'
const soname = mac ? 'libkei_agent.1.dylib' : 'libkei_agent.so.1'
const folder = process.argv[2] ?? process.env.KEI_KIT_LIBRARY ?? join(repository, 'target/release')
const source = [join(folder, soname), join(folder, mac ? 'libkei_agent.dylib' : 'libkei_agent.so')].find((file) => existsSync(file))
if (!source) {
  console.error(`There is no ${soname} in ${folder}. Build it with \`make lib\`, or name its folder.`)
  process.exit(1)
}
const to = join(root, 'prebuilds', `${process.platform}-${process.arch}`)
mkdirSync(to, { recursive: true })

// By renaming, so that a process that uses the old one keeps it.
copyFileSync(source, join(to, `${soname}.new`))
renameSync(join(to, `${soname}.new`), join(to, soname))

const sources = ['addon.c', 'thread.c'].map((name) => join(root, 'native', name))
const include = createRequire(import.meta.url)('node-api-headers').include_dir
const flags = ['-std=c11', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror', '-shared']
const system = mac
  ? ['-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path']
  : ['-Wl,-z,relro,-z,now', '-Wl,-rpath,$ORIGIN', `-Wl,-soname,kei_agent.node`]
const sanitize = process.env.KEI_NODE_CFLAGS?.split(' ') ?? []
const made = join(to, 'kei_agent.node')
const compiled = spawnSync(process.env.CC ?? 'cc', [...flags, ...sanitize, `-I${join(repository, 'include')}`, `-I${include}`, ...sources, '-o', `${made}.new`, join(to, soname), ...system], { stdio: 'inherit' })
if (compiled.status !== 0) {
  console.error(compiled.error ? `cc cannot be run (${compiled.error.message}). Install a C compiler.` : 'The addon does not compile.')
  process.exit(1)
}
renameSync(`${made}.new`, made)
console.log(`${made} and ${soname} (${Math.round(readFileSync(made).length / 1024)} KiB, ${Math.round(readFileSync(source).length / 1024)} KiB)`)
