// The console in a real browser: `node console.js look URL EXPECTED` looks at the page in two
// widths, light and dark, and without JavaScript; `node console.js watch URL` waits for a client
// to appear on an open page. KLAMM_SCREENSHOTS names a directory for pictures.
'use strict'

const { chromium } = require('playwright-core')
const assert = require('node:assert')
const path = require('node:path')
const { contrasts } = require('./contrast')

const WIDTHS = [380, 1280]
const SCHEMES = ['light', 'dark']
const PATIENCE_MS = 60_000

async function open(browser, url, options, complaints) {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('requestfailed', (request) => {
    // A page that is left gives up what it has asked for.
    const why = request.failure().errorText
    if (why !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${why}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`${request.url()} is elsewhere`)
  })
  await page.goto(`${url}/`)
  assert.strictEqual(new URL(page.url()).pathname, '/listeners')
  return page
}

/** What the page has to say, whatever it looks like. */
async function checkContent(page, expected) {
  const text = await page.locator('main').innerText()
  for (const part of expected.texts) assert.ok(text.includes(part), `no "${part}" in\n${text}`)
  const ids = await page.locator('.finding .id').allInnerTexts()
  assert.deepStrictEqual(ids.sort(), expected.findings)
  for (const finding of await page.locator('.finding').all()) {
    assert.match(await finding.innerText(), /Seen[^]*Why[^]*Fix/)
  }
}

async function checkLooks(page) {
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth
    const isOut = (it) => it.getBoundingClientRect().right > limit + 1
    return [...document.body.querySelectorAll('*')].filter(isOut).map((it) => it.outerHTML)
  })
  assert.deepStrictEqual(wide, [], 'something is wider than the page')
  const landmarks = await page.evaluate(() =>
    ['header', 'nav', 'main', 'footer', 'h1'].map((name) => document.querySelectorAll(`body ${name}`).length),
  )
  assert.ok(landmarks.every((count) => count >= 1) && landmarks[4] === 1, `${landmarks}`)
  const heads = await page.locator('table th:not([scope])').count()
  assert.strictEqual(heads, 0, 'a table head says what it is the head of')
  const { texts, poor } = await page.evaluate(contrasts)
  assert.ok(texts > 20, `${texts} texts were looked at`)
  assert.deepStrictEqual(poor, [], 'text is hard to read')
}

/** Tab goes through everything that can be used, and shows where it is. */
async function checkKeyboard(page) {
  const usable = 'a[href], button, summary, input'
  const expected = await page.evaluate((usable) => {
    const all = [...document.querySelectorAll(usable)].filter((it) => it.checkVisibility())
    all.forEach((it, index) => (it.dataset.stop = index))
    // A group of radio buttons is one stop; arrows go on from there.
    return all.filter((it) => it.type !== 'radio' || it.checked).map((it) => it.dataset.stop)
  }, usable)
  await page.evaluate(() => document.activeElement.blur())
  const reached = new Set()
  for (let step = 0; step <= expected.length; step += 1) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const it = document.activeElement
      const shown = it.type === 'radio' ? it.nextElementSibling : it
      return { stop: it.dataset.stop, outline: getComputedStyle(shown).outlineStyle, html: it.outerHTML }
    })
    if (at.stop === undefined) break
    assert.notStrictEqual(at.outline, 'none', `focus is invisible on ${at.html}`)
    reached.add(at.stop)
  }
  assert.deepStrictEqual([...reached].sort(), [...expected].sort(), 'Tab reaches everything')
}

async function shoot(page, name) {
  const directory = process.env.KLAMM_SCREENSHOTS
  if (directory) await page.screenshot({ path: path.join(directory, `${name}.png`), fullPage: true })
}

async function look(browser, url, expected) {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      const complaints = []
      const viewport = { width, height: 900 }
      const page = await open(browser, url, { viewport, colorScheme }, complaints)
      await page.locator('#pulse.live').waitFor()
      await checkContent(page, expected)
      await checkLooks(page)
      await shoot(page, `${expected.name}-${width}-${colorScheme}`)
      // What opens, opens: the stories of clients, other snippets.
      for (const summary of await page.locator('summary:visible').all()) await summary.click()
      for (const label of await page.locator('.tabs label').all()) {
        await label.click()
        assert.strictEqual(await page.locator('.panel:visible').count(), 1)
      }
      await checkLooks(page)
      await shoot(page, `${expected.name}-${width}-${colorScheme}-open`)
      // What is replaced while Tab goes through it could not be told from what is left out.
      await page.addInitScript(() => (window.fetch = () => new Promise(() => {})))
      await page.reload()
      await checkKeyboard(page)
      assert.deepStrictEqual(complaints, [])
      await page.context().close()
      process.stdout.write(`${width} ${colorScheme}\n`)
    }
  }
  await lookWithoutJavaScript(browser, url, expected)
}

async function lookWithoutJavaScript(browser, url, expected) {
  const complaints = []
  const viewport = { width: 1280, height: 900 }
  const page = await open(browser, url, { viewport, javaScriptEnabled: false }, complaints)
  await checkContent(page, expected)
  assert.strictEqual(await page.locator('button:visible').count(), 0, 'a button that does nothing')
  await page.locator('label', { hasText: 'Python' }).click()
  assert.match(await page.locator('.panel:visible').innerText(), /confluent_kafka/)
  await page.getByRole('link', { name: 'Reload it' }).click()
  await checkContent(page, expected)
  await shoot(page, `${expected.name}-without-javascript`)
  assert.deepStrictEqual(complaints, [])
}

/** An open page shows who comes, and says when klamm is gone. */
async function watch(browser, url) {
  const complaints = []
  const page = await open(browser, url, {}, complaints)
  await page.getByText('Nobody has come yet.').waitFor()
  await page.evaluate(() => (window.isTheSamePage = true))
  process.stdout.write('watching\n')
  await page.locator('.guest.works').first().waitFor()
  assert.deepStrictEqual(complaints, [])
  await page.locator('.guest.works summary').first().click()
  await page.context().setOffline(true)
  await page.locator('#pulse.lost').waitFor()
  await page.context().setOffline(false)
  await page.locator('#pulse.live').waitFor()
  await page.locator('.story li:visible').first().waitFor()
  assert.ok(await page.evaluate(() => window.isTheSamePage))
}

async function main() {
  const [command, url, expected] = process.argv.slice(2)
  const browser = await chromium.launch({
    executablePath: process.env.KLAMM_CHROMIUM,
    // CI runs as root, in a container with a small /dev/shm.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
  try {
    if (command === 'look') await look(browser, url, JSON.parse(expected))
    else await watch(browser, url)
  } finally {
    await browser.close()
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  },
)
