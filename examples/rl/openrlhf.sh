#!/usr/bin/env bash
# AceCoder's RL at its own scale with OpenRLHF 0.11: a 7B policy on 8 GPUs, the paper's hyper-parameters.
# It differs from the small run of train.py in model, data and URLs, and in the number of samples of a step.
#
#   python -m examples.rl.export_prompts out/run/dataset out/prompts
#   MODEL=Qwen/Qwen2.5-Coder-7B REWARD_URL='http://executor:8000/get_reward?reward=binary' bash examples/rl/openrlhf.sh
#
# REWARD_URL by the reward model: http://rm:8100/get_reward. Not run by us: it needs the GPUs. OpenRLHF's own parser accepts it.
set -euo pipefail
MODEL=${MODEL:-Qwen/Qwen2.5-Coder-7B-Instruct}
PROMPTS=${PROMPTS:-out/prompts/openrlhf.jsonl}
REWARD_URL=${REWARD_URL:-http://127.0.0.1:8000/get_reward?reward=binary}
OUTPUT=${OUTPUT:-out/openrlhf}
GPUS=${GPUS:-8}

exec python -m openrlhf.cli.train_ppo_ray \
  --actor.model_name_or_path "$MODEL" \
  --data.prompt_dataset "$PROMPTS" \
  --data.input_key prompt --data.label_key tests --data.apply_chat_template \
  --reward.remote_url "$REWARD_URL" \
  --ckpt.output_dir "$OUTPUT" --ckpt.path "$OUTPUT/checkpoints" --ckpt.save_steps 10 --ckpt.load_enable --ckpt.save_hf \
  --logger.tensorboard_dir "$OUTPUT/tensorboard" --logger.logging_steps 1 \
  --algo.advantage.estimator reinforce \
  --algo.advantage.gamma 1.0 \
  --algo.kl.init_coef 0.01 --algo.kl.estimator k1 \
  --reward.clip_range -10 10 \
  --actor.eps_clip 0.2 \
  --actor.max_norm 1.0 \
  --actor.adam.lr 5e-7 --actor.adam.betas 0.9 0.95 \
  --actor.lr_scheduler constant_with_warmup --actor.lr_warmup_ratio 0.03 \
  --rollout.batch_size 256 --rollout.n_samples_per_prompt 8 \
  --rollout.temperature 1.0 --rollout.top_p 1.0 \
  --rollout.max_new_tokens 2048 --data.max_len 4096 \
  --train.batch_size 128 --train.num_episodes 1 --train.max_epochs 1 \
  --train.micro_batch_size 2 --rollout.micro_batch_size 4 \
  --train.colocate_all --ds.enable_sleep --vllm.enable_sleep --vllm.gpu_memory_utilization 0.5 \
  --vllm.num_engines "$GPUS" --vllm.tensor_parallel_size 1 --vllm.sync_backend nccl \
  --actor.num_nodes 1 --actor.num_gpus_per_node "$GPUS" \
  --ref.num_nodes 1 --ref.num_gpus_per_node "$GPUS" \
  --ds.zero_stage 3 --ds.param_dtype bf16 --ds.packing_samples --actor.gradient_checkpointing_enable
