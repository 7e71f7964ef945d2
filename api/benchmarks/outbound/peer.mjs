// BullMQ as the peer of a measurement: jobs that post a message each, fifty at a time.
// Arguments: the options of the Redis connection as JSON, address of the Graph API, number of jobs.
import { Queue, Worker } from "bullmq";
import { Pool } from "undici";

const [redis, graph, count] = process.argv.slice(2);
const connection = { ...JSON.parse(redis), maxRetriesPerRequest: null };
const pool = new Pool(graph, { connections: 50, pipelining: 1 });
const queue = new Queue("bench", { connection });
const total = Number(count);
for (let first = 0; first < total; first += 500) {
  const jobs = [];
  for (let id = first; id < Math.min(total, first + 500); id++) {
    jobs.push({ name: "send", data: { id }, opts: { removeOnComplete: true } });
  }
  await queue.addBulk(jobs);
}
const headers = { "content-type": "application/json", authorization: "Bearer bench" };
let done = 0;
const worker = new Worker(
  "bench",
  async (job) => {
    const body = JSON.stringify({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: "+6281200000000",
      type: "text",
      text: { body: "Kami akan menghubungi Anda hari ini." },
      biz_opaque_callback_data: `${job.data.id}.1`,
    });
    const answer = await pool.request({ path: "/v26.0/1/messages", method: "POST", headers, body });
    await answer.body.json();
  },
  { connection, concurrency: 50 },
);
worker.on("completed", async () => {
  if (++done === total) process.exit(0);
});
