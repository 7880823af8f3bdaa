// The same for `import`: one instance, however it was loaded.
export * from './index.js'
