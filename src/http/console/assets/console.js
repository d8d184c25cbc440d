// Keeps what is marked `data-live` up to date, puts times into the reader's zone, copies snippets.
'use strict'

const EVERY_MS = 1000
const pulse = document.getElementById('pulse')

/** What the server said last of each live part, before anything here changed it. */
const said = new Map()

function live(page) {
  return page.querySelectorAll('[data-live]')
}

/** Somebody may be clicking, or copying just this: what changes under the hand is lost. */
let isPressed = false
addEventListener('pointerdown', () => (isPressed = true))
// The click comes right after the pointer went up.
addEventListener('pointerup', () => setTimeout(() => (isPressed = false)))
addEventListener('pointercancel', () => (isPressed = false))

function isInHand(part) {
  const selection = document.getSelection()
  return isPressed || (!selection.isCollapsed && selection.containsNode(part, true))
}

function replace(part, fresh) {
  const open = [...part.querySelectorAll('details[open][id]')].map((details) => details.id)
  const focused = part.contains(document.activeElement) && selectorOf(document.activeElement)
  part.className = fresh.className
  part.replaceChildren(...fresh.cloneNode(true).childNodes)
  open.forEach((id) => document.getElementById(id)?.setAttribute('open', ''))
  finish(part)
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true })
}

/** Finds an element again after its surroundings were replaced. */
function selectorOf(element) {
  const owner = element.closest('[id]')
  if (owner === element) return `#${CSS.escape(element.id)}`
  const kind = element.className ? `.${element.className.split(' ').join('.')}` : element.localName
  return `#${CSS.escape(owner.id)} ${kind}`
}

let isAsking = false

async function refresh() {
  if (document.hidden || isAsking) return
  isAsking = true
  try {
    const response = await fetch(location.pathname, { signal: AbortSignal.timeout(5000) })
    if (!response.ok) throw new Error(response.statusText)
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    for (const part of live(document)) {
      const fresh = page.getElementById(part.id)
      if (!fresh || said.get(part.id) === fresh.outerHTML || isInHand(part)) continue
      said.set(part.id, fresh.outerHTML)
      replace(part, fresh)
    }
    say('live', 'live')
  } catch {
    say('lost', 'klamm does not answer')
  } finally {
    isAsking = false
  }
}

function say(state, text) {
  if (pulse.className === state) return
  pulse.className = state
  pulse.textContent = text
}

function finish(part) {
  for (const time of part.querySelectorAll('time')) {
    time.textContent = new Date(time.dateTime).toTimeString().slice(0, 8)
  }
}

async function copy(button) {
  const code = button.parentElement.querySelector('code')
  try {
    await navigator.clipboard.writeText(code.textContent)
    button.textContent = 'Copied'
  } catch {
    // Not everywhere may a page write to the clipboard; what is selected can be copied by hand.
    document.getSelection().selectAllChildren(code)
    button.textContent = 'Selected'
  }
  setTimeout(() => (button.textContent = 'Copy'), 2000)
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button.copy')
  if (button) copy(button)
})

document.documentElement.classList.add('scripted')
live(document).forEach((part) => said.set(part.id, part.outerHTML))
finish(document)
say('live', 'live')
setInterval(refresh, EVERY_MS)
document.addEventListener('visibilitychange', refresh)
